"""SMTP: replies that no server should give, and what may be concluded from them."""

import pytest

from campaigns.transports import Outgoing
from tests.campaigns.mails import over_smtp
from tests.campaigns.scripted_smtp import CUT, Script

FINE = ("accepted", "")
DROPPED = ("deferred", "dropped")
UNKNOWN = ("unknown", "dropped_after_body")
NONSENSE = ["what", "25", "\x00\xff", "999 far out", "120 wait"]


def test_a_reply_may_have_many_lines(three: list[Outgoing], script: Script) -> None:
    script.replies = {"RCPT": ["250-yes\r\n250 indeed"], "BODY": ["550-5.1.1 no\r\n550 really"]}
    assert over_smtp(script, three) == [("rejected", "hard_bounce"), FINE, FINE]
    assert len(script.mails) == 3


@pytest.mark.parametrize("reply", NONSENSE)
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_nonsense_before_the_body_costs_nobody_their_mail(
    three: list[Outgoing], script: Script, step: str, reply: str
) -> None:
    script.replies = {step: [reply]}
    assert over_smtp(script, three) == [DROPPED, FINE, FINE]
    assert script.mails == [mail.message for mail in three[1:]]
    assert script.connections == 2


@pytest.mark.parametrize("reply", NONSENSE)
def test_nonsense_after_the_body_leaves_the_mail_unknown(
    three: list[Outgoing], script: Script, reply: str
) -> None:
    script.replies = {"BODY": [reply]}
    assert over_smtp(script, three) == [UNKNOWN, FINE, FINE]


@pytest.mark.parametrize(("step", "reply"), [("RCPT", "334 more"), ("DATA", "250 fine")])
def test_consent_to_something_else_is_no_refusal(
    three: list[Outgoing], script: Script, step: str, reply: str
) -> None:
    """Server and worker are out of step: their connection ends, the member's mail does not."""
    script.replies = {step: [reply]}
    assert over_smtp(script, three) == [DROPPED, FINE, FINE]


@pytest.mark.parametrize(("step", "reply"), [("RCPT", "252 I shall try"), ("BODY", "251 taken")])
def test_every_reply_that_begins_with_a_two_is_consent(
    three: list[Outgoing], script: Script, step: str, reply: str
) -> None:
    """RFC 5321 §4.2.1: who does not know a code goes by its first digit."""
    script.replies = {step: [reply]}
    assert over_smtp(script, three) == [FINE] * 3


@pytest.mark.parametrize("reply", ["2", "55", "250-well\r\n", "550-5.1.1 no\r\n55"])
@pytest.mark.parametrize(
    ("step", "expected"), [("MAIL", DROPPED), ("RCPT", DROPPED), ("BODY", UNKNOWN)]
)
def test_half_a_reply_says_nothing(
    three: list[Outgoing], script: Script, step: str, expected: tuple[str, str], reply: str
) -> None:
    script.replies = {step: [reply + CUT]}
    assert over_smtp(script, three) == [expected, FINE, FINE]


def test_who_hangs_up_instead_of_taking_back_a_mail_costs_the_others_nothing(
    three: list[Outgoing], script: Script
) -> None:
    script.replies = {"RCPT": ["550 5.1.1 gone"], "DATA": ["503 no"], "RSET": [CUT]}
    if not script.extensions:
        script.replies.pop("DATA")
    assert over_smtp(script, three) == [("rejected", "hard_bounce"), FINE, FINE]
    assert script.connections == 2
