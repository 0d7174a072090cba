"""SMTP: each phase at which a server can refuse or vanish, and what becomes of the mail.

Every case is played twice: step by step, and with PIPELINING.
"""

import smtplib
from collections.abc import Callable
from functools import partial

import pytest

from campaigns.transports import Outgoing
from campaigns.transports.smtp import SmtpTransport
from campaigns.transports.smtp_pipelined import PipelinedSession
from tests.campaigns import mails
from tests.campaigns.mails import over_smtp
from tests.campaigns.scripted_smtp import DROP, Script
from tests.servers import mail_oracle


def test_ready_bytes_reach_the_server_over_one_connection(
    three: list[Outgoing], script: Script
) -> None:
    assert over_smtp(script, three) == [("accepted", "")] * 3
    assert script.mails == [mail.message for mail in three]
    assert script.connections == 1


def test_a_real_server_takes_each_mail_once_whether_or_not_it_offers_pipelining(
    three: list[Outgoing], pipelining: bool
) -> None:
    with mail_oracle(pipelining=pipelining) as oracle:
        assert mails.outcomes(SmtpTransport(oracle.url), three) == [("accepted", "")] * 3
        assert oracle.acceptances() == {f"{mail.delivery_id}.1": 1 for mail in three}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("550 5.1.1 no such mailbox", ("rejected", "hard_bounce")),
        ("550 5.1.10 null MX", ("rejected", "hard_bounce")),
        ("550 no such mailbox", ("rejected", "hard_bounce")),
        ("550 5.7.1 relaying denied", ("rejected", "refused")),
        ("550 5.1.8 sender's domain unknown", ("rejected", "refused")),
        ("552 5.2.2 mailbox full", ("rejected", "refused")),
        ("554 no", ("rejected", "refused")),
        ("450 4.2.1 greylisted", ("deferred", "refused_for_now")),
    ],
)
def test_a_refused_recipient_costs_the_others_nothing(
    three: list[Outgoing], script: Script, reply: str, expected: tuple[str, str]
) -> None:
    script.replies = {"RCPT": [reply]}
    assert over_smtp(script, three) == [expected, ("accepted", ""), ("accepted", "")]
    assert script.mails == [mail.message for mail in three[1:]]


def test_a_refused_sender_says_nothing_of_the_recipient(
    three: list[Outgoing], script: Script
) -> None:
    script.replies = {"MAIL": "550 5.7.1 who are you"}
    assert over_smtp(script, three) == [("deferred", "sender_refused")]


def test_after_a_refused_data_nothing_of_the_mail_is_sent(
    three: list[Outgoing], script: Script
) -> None:
    script.replies = {"DATA": ["451 later"]}
    assert over_smtp(script, three)[0] == ("deferred", "refused_for_now")
    assert script.mails == [mail.message for mail in three[1:]]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("554 5.7.1 looks like spam", ("rejected", "refused")),
        ("550 looks like spam", ("rejected", "refused")),
        ("550 5.1.1 gone after all", ("rejected", "hard_bounce")),
        ("452 4.3.1 disk full", ("deferred", "refused_for_now")),
    ],
)
def test_the_answer_to_the_body_is_final_or_for_now(
    three: list[Outgoing], script: Script, reply: str, expected: tuple[str, str]
) -> None:
    script.replies = {"BODY": [reply]}
    assert over_smtp(script, three)[0] == expected


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_a_drop_before_the_body_is_tried_again(
    three: list[Outgoing], script: Script, step: str
) -> None:
    script.replies = {step: [DROP]}
    assert over_smtp(script, three) == [("deferred", "dropped"), ("accepted", ""), ("accepted", "")]
    assert script.connections == 2


def test_a_drop_after_the_final_dot_leaves_that_one_mail_unknown(
    three: list[Outgoing], script: Script
) -> None:
    script.replies = {"BODY": [DROP]}
    unknown = ("unknown", "dropped_after_body")
    assert over_smtp(script, three) == [unknown, ("accepted", ""), ("accepted", "")]


def test_two_drops_in_a_row_leave_the_server_alone(three: list[Outgoing], script: Script) -> None:
    script.replies = {"RCPT": DROP}
    dropped = ("deferred", "dropped")
    assert over_smtp(script, three) == [dropped, dropped, ("deferred", "server_away")]
    assert script.connections == 2


def test_too_busy_hangs_up_and_connects_anew(three: list[Outgoing], script: Script) -> None:
    script.replies = {"RCPT": ["421 too many mails on this line"]}
    assert over_smtp(script, three)[0] == ("deferred", "refused_for_now")
    assert script.connections == 2


def test_after_a_refused_recipient_an_awaited_body_is_a_lone_dot(three: list[Outgoing]) -> None:
    script = Script({"RCPT": ["550 5.1.1 gone"]}, extensions=("PIPELINING",))
    over_smtp(script, three)
    assert script.bodies == [b"", *(mail.message for mail in three[1:])]
    assert script.connections == 1


def test_a_server_that_awaits_a_body_from_a_refused_sender_gets_none(
    three: list[Outgoing],
) -> None:
    script = Script({"MAIL": ["550 no"]}, extensions=("PIPELINING",))
    assert over_smtp(script, three) == [("deferred", "sender_refused")]
    assert script.bodies == []


def test_the_next_envelope_rides_behind_the_body_and_never_two_bodies(
    three: list[Outgoing], monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    connected = PipelinedSession.__init__

    def overheard(session: PipelinedSession, connection: smtplib.SMTP) -> None:
        connected(session, connection)
        write = session._write
        monkeypatch.setattr(session, "_write", partial(_overhear, written, write))

    monkeypatch.setattr(PipelinedSession, "__init__", overheard)
    over_smtp(Script(extensions=("PIPELINING",)), three)
    assert [data.count(b"MAIL FROM:") for data in written] == [1, 1, 1, 0, 0]
    bodies = [sum(mail.message in data for mail in three) for data in written]
    assert bodies == [0, 1, 1, 1, 0], "the envelope, three bodies, goodbye"


def _overhear(written: list[bytes], write: Callable[[bytes], None], data: bytes) -> None:
    written.append(data)
    write(data)
