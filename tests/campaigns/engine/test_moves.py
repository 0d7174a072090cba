"""Claims and outcomes: what one worker holds, no other moves."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from campaigns import deliveries, lifecycle
from campaigns.deliveries import Claim
from campaigns.models import Campaign, Delivery
from campaigns.outcomes import Outcome
from tests.campaigns.engine.batches import handing_off, settle, states, token
from tests.campaigns.forcing import force

State = Delivery.State


def test_what_is_claimed_is_nobody_elses(campaign: Campaign) -> None:
    first = deliveries.claim(campaign, 2, token())
    second, third = (deliveries.claim(campaign, 10, token()) for _ in range(2))
    assert (len(first.delivery_ids), len(second.delivery_ids)) == (2, 1)
    assert not set(first.delivery_ids) & set(second.delivery_ids)
    assert third.delivery_ids == ()


def test_the_trial_goes_first_and_the_rest_waits_for_it(campaign: Campaign) -> None:
    last = campaign.deliveries.order_by("-pk")[0]
    campaign.deliveries.exclude(pk=last.pk).update(wave=1)
    Campaign.objects.filter(pk=campaign.pk).update(wave=0)
    campaign.refresh_from_db()
    assert deliveries.claim(campaign, 10, token()).delivery_ids == (last.pk,)
    campaign.wave = 1
    assert len(deliveries.claim(campaign, 10, token()).delivery_ids) == 2


def test_nothing_is_claimed_before_its_time(campaign: Campaign) -> None:
    campaign.deliveries.update(not_before=timezone.now() + timedelta(minutes=1))
    assert deliveries.claim(campaign, 10, token()).delivery_ids == ()


def test_a_claim_moves_nothing_of_another(campaign: Campaign) -> None:
    held = handing_off(campaign)
    thief = Claim("somebody else", held.delivery_ids, held.lease_until)
    settle(thief, State.ACCEPTED)
    deliveries.give_back(thief.token)
    assert deliveries.begin_hand_off(thief) == 0
    assert states(campaign) == ["handing_off"] * 3


def test_a_worker_whose_lease_ran_out_begins_nothing(campaign: Campaign) -> None:
    held = deliveries.claim(campaign, 10, token())
    campaign.deliveries.update(lease_until=timezone.now())
    assert deliveries.begin_hand_off(held) == 0


def test_a_fenced_worker_settles_nothing_of_the_next_one(campaign: Campaign) -> None:
    fenced = deliveries.claim(campaign, 10, token())
    deliveries.release_lapsed(fenced.lease_until)
    handing_off(campaign)
    settle(fenced, State.REJECTED, "refused")
    deliveries.give_back(fenced.token)
    assert states(campaign) == ["handing_off"] * 3


@pytest.mark.parametrize("state", ["accepted", "rejected"])
def test_a_worker_taken_for_lost_may_still_tell_what_happened(
    campaign: Campaign, state: str
) -> None:
    held = handing_off(campaign)
    deliveries.lose(held.token)
    settle(held, state, "told")
    assert states(campaign) == [state] * 3


def test_what_was_taken_for_lost_is_never_tried_again_by_itself(campaign: Campaign) -> None:
    held = handing_off(campaign)
    deliveries.lose(held.token)
    settle(held, State.DEFERRED, "refused_for_now")
    assert states(campaign) == ["unknown"] * 3
    assert deliveries.claim(campaign, 10, token()).delivery_ids == ()


def test_what_was_never_begun_goes_back_and_what_may_have_been_stays(campaign: Campaign) -> None:
    held = handing_off(campaign)
    deliveries.lose(held.token, held.delivery_ids[:1])
    assert deliveries.give_back(held.token) == 2
    assert states(campaign) == ["unknown", "planned", "planned"]


def test_only_what_is_unknown_can_be_proved_and_only_once(campaign: Campaign) -> None:
    held = handing_off(campaign)
    first, second, third = held.delivery_ids
    told = [Outcome(first, State.UNKNOWN), Outcome(second, State.REJECTED, "no")]
    deliveries.settle(held.token, told)
    assert deliveries.prove(first, State.ACCEPTED)
    assert not deliveries.prove(first, State.REJECTED, "no")
    assert not deliveries.prove(second, State.ACCEPTED)
    assert not deliveries.prove(third, State.ACCEPTED)
    assert states(campaign) == ["accepted", "rejected", "handing_off"]
    assert campaign.deliveries.get(pk=first).accepted_at is not None


@pytest.mark.parametrize("state", ["accepted", "rejected", "skipped", "held_out"])
def test_what_has_ended_stays(campaign: Campaign, state: str) -> None:
    held = handing_off(campaign)
    force(campaign.deliveries.all(), state=state, reason="no", accepted_at=timezone.now())
    for told in (State.DEFERRED, State.ACCEPTED, State.REJECTED, State.UNKNOWN):
        settle(held, told, "late")
    deliveries.give_back(held.token)
    deliveries.lose(held.token)
    deliveries.cancel_open(campaign)
    assert deliveries.claim(campaign, 10, token()).delivery_ids == ()
    assert set(states(campaign)) == {state}


def test_a_batch_in_flight_when_the_campaign_is_cancelled_still_ends(campaign: Campaign) -> None:
    held = handing_off(campaign)
    lifecycle.cancel(campaign)
    assert states(campaign) == ["handing_off"] * 3
    settle(held, State.ACCEPTED)
    assert states(campaign) == ["accepted"] * 3


def test_a_long_answer_is_cut_to_what_the_record_holds(campaign: Campaign) -> None:
    settle(handing_off(campaign), State.REJECTED, "refused", "550 " + "é" * 5_000)
    assert {len(delivery.detail) for delivery in campaign.deliveries.all()} == {200}


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "sent"},
        {"state": "skipped", "reason": ""},
        {"state": "claimed", "lease_until": None},
        {"state": "handing_off", "lease_until": None},
        {"state": "accepted", "accepted_at": None},
    ],
)
def test_the_database_refuses_a_record_that_says_nothing(
    campaign: Campaign, wrong: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        force(campaign.deliveries.all(), **wrong)


def test_nobody_has_two_deliveries_of_one_occurrence(campaign: Campaign) -> None:
    delivery = campaign.deliveries.all()[0]
    delivery.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        delivery.save(force_insert=True)
