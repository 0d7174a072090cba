"""Deliveries of unknown fate: a person decides, an event may know better."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from campaigns import deliveries, dispatch, lifecycle, recovery, unknowns
from campaigns.models import Campaign, Delivery, UnknownDecision
from campaigns.outcomes import Outcome
from campaigns.webhooks.processing import process_waiting
from profiles.suppression import is_suppressed
from tests.campaigns import mails
from tests.campaigns.engine.batches import dead_worker, states
from tests.campaigns.sendgrid import Sender, event
from tests.cast import Club

WHY = "The provider's log shows nothing of them."


@pytest.fixture
def lost(campaign: Campaign) -> list[int]:
    """The first two mails, begun by a worker that died; the third was never begun."""
    held = dead_worker(campaign, begun=[0, 1])
    assert recovery.replay() == 2
    return list(held.delivery_ids[:2])


def _message_ids(campaign: Campaign) -> dict[int, str]:
    return {mail.delivery_id: mail.envelope.message_id for mail in mails.written(campaign)}


def test_an_unknown_mail_is_open_and_no_worker_touches_it(
    campaign: Campaign, lost: list[int]
) -> None:
    assert set(unknowns.open_unknowns(campaign).values_list("pk", flat=True)) == set(lost)
    assert dispatch.drain(campaign.pk) == 1
    recovery.reap(timezone.now() + timedelta(days=30))
    assert dispatch.drain(campaign.pk) == 0
    assert states(campaign) == ["unknown", "unknown", "accepted"]


def test_sending_again_is_a_decision_with_a_name_a_reason_and_a_number(
    campaign: Campaign, club: Club, lost: list[int]
) -> None:
    assert unknowns.send_again(campaign, club.approver, WHY) == 2
    decision = UnknownDecision.objects.get()
    assert (decision.campaign, decision.decision) == (campaign, "send_again")
    assert (decision.deliveries, decision.why) == (2, WHY)
    assert (decision.decided_by, decision.decided_at.date()) == (
        club.approver,
        timezone.now().date(),
    )
    assert dispatch.drain(campaign.pk) == 3
    assert lifecycle.progress(campaign) == {"accepted": 3}


def test_a_mail_that_is_sent_again_is_another_attempt_under_another_message_id(
    campaign: Campaign, club: Club, lost: list[int]
) -> None:
    first, _second = lost
    unknowns.send_again(campaign, club.approver, WHY, [first])
    told = _message_ids(campaign)
    assert told[first] == f"<{first}.2@esquina.example>"
    assert sorted(campaign.deliveries.values_list("attempt", flat=True)) == [1, 1, 2]
    assert lost[1] not in told


def test_a_try_that_was_put_off_keeps_its_message_id(campaign: Campaign) -> None:
    before = _message_ids(campaign)
    tokens = campaign.deliveries.values_list("claim_token", flat=True).distinct()
    told = [Outcome(pk, "deferred", "refused_for_now") for pk in before]
    deliveries.settle(tokens.get(), told)
    recovery.reap(timezone.now() + timedelta(minutes=1))
    assert _message_ids(campaign) == before


def test_one_may_be_sent_again_and_the_other_left(
    campaign: Campaign, club: Club, lost: list[int]
) -> None:
    first, second = lost
    assert unknowns.send_again(campaign, club.approver, WHY, [first]) == 1
    assert unknowns.leave(campaign, club.approver, "It is only a postcard.", [second]) == 1
    assert not unknowns.open_unknowns(campaign).exists()
    assert states(campaign) == ["planned", "unknown", "planned"]
    decisions = UnknownDecision.objects.order_by("pk").values_list("decision", "deliveries")
    assert list(decisions) == [("send_again", 1), ("leave", 1)]


def test_what_was_left_stays_so_whoever_asks_again(
    campaign: Campaign, club: Club, lost: list[int]
) -> None:
    unknowns.leave(campaign, club.approver, WHY)
    assert unknowns.send_again(campaign, club.marketer, WHY, lost) == 0
    assert states(campaign) == ["unknown", "unknown", "planned"]
    assert UnknownDecision.objects.count() == 1


def test_a_decision_is_about_one_campaign(campaign: Campaign, club: Club, lost: list[int]) -> None:
    other = mails.started(club, "Week 48")
    dead_worker(other, begun=[0])
    recovery.replay()
    assert unknowns.send_again(other, club.approver, WHY, lost) == 0
    assert unknowns.send_again(campaign, club.approver, WHY) == 2
    assert unknowns.open_unknowns(other).count() == 1


@pytest.mark.parametrize("decide", [unknowns.send_again, unknowns.leave])
def test_a_decision_about_nothing_leaves_no_record(
    campaign: Campaign, club: Club, decide: object
) -> None:
    assert callable(decide)
    assert decide(campaign, club.approver, "?") == 0
    assert states(campaign) == ["planned"] * 3
    assert not UnknownDecision.objects.exists()


def test_a_decision_that_cannot_be_recorded_is_not_carried_out(
    campaign: Campaign, club: Club, lost: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_facts: object) -> None:
        raise RuntimeError("no record")

    monkeypatch.setattr(UnknownDecision.objects, "create", refuse)
    with pytest.raises(RuntimeError, match="no record"):
        unknowns.send_again(campaign, club.approver, WHY)
    assert states(campaign) == ["unknown", "unknown", "planned"]


def test_the_next_event_of_the_provider_settles_it_without_a_person(
    campaign: Campaign, club: Club, lost: list[int], client: Client, settings: object
) -> None:
    sender = Sender(client)
    settings.SENDGRID_WEBHOOK_VERIFICATION_KEY = sender.public_key  # type: ignore[attr-defined]
    first, second = campaign.deliveries.filter(pk__in=lost).order_by("pk")
    unknowns.leave(campaign, club.approver, WHY, [second.pk])
    told = [
        event("delivered", first),
        event("bounce", second),
    ]
    assert sender.post(told) == 204
    process_waiting()
    assert not Delivery.objects.filter(state="unknown").exists()
    assert campaign.deliveries.get(pk=first.pk).state == "accepted"
    assert is_suppressed(second.member.email_key)
    assert unknowns.send_again(campaign, club.approver, WHY, lost) == 0


def test_an_event_that_comes_while_the_second_attempt_waits_mails_nobody_less(
    campaign: Campaign, club: Club, lost: list[int]
) -> None:
    """Who decided has taken the risk that the mail arrives twice; the attempt goes on."""
    unknowns.send_again(campaign, club.approver, WHY)
    assert not deliveries.prove(lost[0], Delivery.State.ACCEPTED)
    assert dispatch.drain(campaign.pk) == 3
