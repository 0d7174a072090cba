"""A mail server that refuses, hangs and drops: what it took and what the club says agree."""

from typing import Any

import pytest
from django.utils import timezone

from campaigns import dispatch, lifecycle
from campaigns.models import Delivery
from profiles.models import Suppression
from tests.faults.judge import judge
from tests.faults.sending import finish, started
from tests.oracle_faults import DROP, HANG, Fault
from tests.servers import MailOracle

pytestmark = [pytest.mark.fault, pytest.mark.django_db]

SIZE = 30
LATER = "450 4.2.0 try again later"
CLOSING = "421 4.3.2 shutting down"
GONE = "550 5.1.1 no such mailbox"


@pytest.mark.parametrize(
    ("step", "fault"),
    [
        ("greeting", Fault(CLOSING, times=2)),
        ("greeting", Fault(HANG, times=1)),
        ("greeting", Fault(DROP, times=1)),
        ("sender", Fault(CLOSING, every=9)),
        ("sender", Fault(LATER, every=9)),
        ("recipient", Fault(LATER, every=4)),
        ("recipient", Fault(CLOSING, every=9)),
        ("recipient", Fault(HANG, every=9, times=1)),
        ("recipient", Fault(DROP, every=9)),
        ("data", Fault(LATER, every=4)),
        ("data", Fault(CLOSING, every=9)),
        ("data", Fault(HANG, every=9, times=1)),
        ("data", Fault(DROP, every=9)),
        ("dot", Fault(LATER, every=4)),
        ("dot", Fault(CLOSING, every=9)),
    ],
    ids=lambda value: (
        f"{value.reply[:4].strip()}-{value.every}" if isinstance(value, Fault) else ""
    ),
)
def test_what_fails_before_the_body_is_taken_is_tried_again_until_all_have_one_mail(
    oracle: MailOracle, step: str, fault: Fault
) -> None:
    campaign = started(SIZE)
    oracle.misbehave({step: fault})
    dispatch.drain(campaign.pk, 5)
    put_off = campaign.deliveries.filter(state=Delivery.State.DEFERRED)
    assert put_off.exists(), "the fault did not strike"
    assert not put_off.filter(deferred_until__lte=timezone.now()).exists()
    assert not lifecycle.is_finished(campaign)
    finish(campaign)
    verdict = judge(campaign, oracle, unknown_at_most=0, planned=SIZE)
    assert not verdict.wrong, verdict
    assert verdict.states == {"accepted": SIZE}


@pytest.mark.parametrize(
    ("step", "fault", "taken"),
    [
        ("body", Fault(DROP, every=9, times=2), SIZE - 2),
        ("body", Fault(HANG, every=9, times=1), SIZE - 1),
        ("dot", Fault(DROP, every=9, times=2), SIZE - 2),
        ("dot", Fault(DROP, every=9, times=2, kept=True), SIZE),
        ("dot", Fault(HANG, every=9, times=1), SIZE - 1),
        ("dot", Fault(HANG, every=9, times=1, kept=True), SIZE),
    ],
)
def test_once_the_body_has_begun_a_lost_connection_leaves_one_mail_unknown(
    oracle: MailOracle, step: str, fault: Fault, taken: int
) -> None:
    campaign = started(SIZE)
    oracle.misbehave({step: fault})
    finish(campaign)
    verdict = judge(campaign, oracle, unknown_at_most=fault.times, planned=SIZE)
    assert not verdict.wrong, verdict
    assert verdict.states == {"accepted": SIZE - fault.times, "unknown": fault.times}
    assert verdict.accepted_by_server == taken


def test_who_does_not_exist_is_suppressed_and_the_others_get_their_mail(
    oracle: MailOracle,
) -> None:
    campaign = started(SIZE)
    oracle.misbehave({"recipient": Fault(GONE, to="<m[123]@")})
    finish(campaign)
    verdict = judge(campaign, oracle, unknown_at_most=0, planned=SIZE)
    assert not verdict.wrong, verdict
    assert verdict.states == {"accepted": SIZE - 3, "rejected": 3}
    assert Suppression.objects.filter(reason="hard_bounce").count() == 3


def test_refused_mails_end_when_their_tries_are_used_up(oracle: MailOracle) -> None:
    campaign = started(4)
    oracle.misbehave({"recipient": Fault(LATER, to="<m1@")})
    finish(campaign)
    assert judge(campaign, oracle, 0, planned=4).states == {"accepted": 3, "rejected": 1}
    assert campaign.deliveries.get(state="rejected").reason == "gave_up"


def test_a_server_that_is_away_uses_up_nobodys_mail_and_nothing_is_finished(
    oracle: MailOracle,
) -> None:
    campaign = started(SIZE)
    oracle.misbehave({"greeting": Fault(DROP)})
    for _round in range(3):
        dispatch.drain(campaign.pk, 5)
    campaign.refresh_from_db()
    assert campaign.state_reason == "The mail server does not answer."
    assert campaign.deliveries.filter(state=Delivery.State.PLANNED).count() >= SIZE - 3
    assert not lifecycle.is_finished(campaign)
    assert oracle.decisions() == []


def test_nothing_is_sent_in_the_clear_when_starttls_is_refused(
    oracle: MailOracle, settings: Any
) -> None:
    campaign = started(SIZE)
    settings.REGULARS_SMTP_URL = f"{oracle.url}?starttls=1"
    oracle.misbehave({"starttls": Fault("454 4.7.0 TLS not available")})
    for _round in range(2):
        dispatch.drain(campaign.pk, 5)
    assert oracle.decisions() == []
    assert not campaign.deliveries.exclude(state__in=["planned", "deferred"]).exists()
    assert not lifecycle.is_finished(campaign)


def test_a_lone_dot_ends_a_body_that_nobody_may_get(
    oracle: MailOracle, oracles: dict[bool, MailOracle]
) -> None:
    """RFC 2920 §3.1: a server may answer 354 although it refused every recipient."""
    campaign = started(SIZE)
    oracle.misbehave({"recipient": Fault("550 5.7.1 not from you", every=4)}, lenient=True)
    finish(campaign)
    decisions = {entry["decision"] for entry in oracle.decisions()}
    # Step by step nobody asks for a body whose recipient was refused.
    pipelined = oracle is oracles[True]
    assert decisions == ({"accepted", "lone dot"} if pipelined else {"accepted"})
    verdict = judge(campaign, oracle, unknown_at_most=0, planned=SIZE)
    assert not verdict.wrong, verdict
    assert verdict.states == {"accepted": SIZE - SIZE // 4, "rejected": SIZE // 4}
