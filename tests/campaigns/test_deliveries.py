"""The legal moves of a delivery, and that nothing else moves one."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from campaigns import deliveries, lifecycle
from campaigns.deliveries import Claim, Outcome
from campaigns.models import Campaign, Delivery
from tests import cast
from tests.campaigns import mails
from tests.cast import Club

State = Delivery.State
LATER = timedelta(hours=1)


@pytest.fixture
def club(db: None) -> Club:
    """The corner shop's club."""
    return cast.club()


@pytest.fixture
def campaign(club: Club) -> Campaign:
    """A campaign that is sending, planned for Ana, Bruno and Gloria."""
    for make in (cast.ana, cast.bruno, cast.gloria):
        make(club)
    return mails.started(club)


def _states(campaign: Campaign) -> list[str]:
    return list(campaign.deliveries.order_by("pk").values_list("state", flat=True))


def _handing_off(campaign: Campaign, size: int = 3) -> Claim:
    held = deliveries.claim(campaign.pk, size)
    assert deliveries.begin_hand_off(campaign, held, held.delivery_ids) == list(held.delivery_ids)
    return held


def _settle(held: Claim, state: str, reason: str = "", detail: str = "") -> None:
    told = [Outcome(pk, state, reason, detail) for pk in held.delivery_ids]
    deliveries.settle(held, told)


def test_what_is_claimed_is_nobody_elses(campaign: Campaign) -> None:
    first, second = deliveries.claim(campaign.pk, 2), deliveries.claim(campaign.pk, 10)
    assert len(first.delivery_ids) == 2
    assert len(second.delivery_ids) == 1
    assert not set(first.delivery_ids) & set(second.delivery_ids)
    assert deliveries.claim(campaign.pk, 10).delivery_ids == ()


def test_a_claim_moves_nothing_of_another(campaign: Campaign) -> None:
    held = _handing_off(campaign)
    thief = Claim("0" * 32, held.delivery_ids, held.lease_until)
    _settle(thief, State.ACCEPTED)
    deliveries.give_back(thief, held.delivery_ids)
    assert deliveries.begin_hand_off(campaign, thief, held.delivery_ids) == []
    assert _states(campaign) == ["handing_off"] * 3


def test_a_lapsed_claim_was_provably_not_sent(campaign: Campaign) -> None:
    held = deliveries.claim(campaign.pk, 10)
    assert deliveries.reap(held.lease_until - timedelta(seconds=1))["released"] == 0
    assert deliveries.reap(held.lease_until)["released"] == 3
    assert _states(campaign) == ["planned"] * 3


def test_a_lapsed_hand_off_is_unknown_and_never_claimed_again(campaign: Campaign) -> None:
    held = _handing_off(campaign)
    assert deliveries.reap(held.lease_until)["unknown"] == 3
    assert set(campaign.deliveries.values_list("state", "reason")) == {("unknown", "worker_lost")}
    assert deliveries.reap(timezone.now() + 100 * LATER)["released"] == 0
    assert deliveries.claim(campaign.pk, 10).delivery_ids == ()


def test_a_worker_whose_lease_ran_out_begins_nothing(campaign: Campaign) -> None:
    held = deliveries.claim(campaign.pk, 10)
    campaign.deliveries.update(lease_until=timezone.now())
    assert deliveries.begin_hand_off(campaign, held, held.delivery_ids) == []


def test_a_fenced_worker_settles_nothing_of_the_next_one(campaign: Campaign) -> None:
    fenced = deliveries.claim(campaign.pk, 10)
    deliveries.reap(fenced.lease_until)
    _handing_off(campaign)
    _settle(fenced, State.REJECTED, "refused")
    deliveries.reject_unsent(fenced, [Outcome(pk, State.REJECTED) for pk in fenced.delivery_ids])
    deliveries.give_back(fenced, fenced.delivery_ids)
    assert _states(campaign) == ["handing_off"] * 3


@pytest.mark.parametrize(
    ("state", "expected"), [("accepted", "accepted"), ("deferred", "deferred")]
)
def test_a_worker_that_comes_back_still_tells_what_happened(
    campaign: Campaign, state: str, expected: str
) -> None:
    held = _handing_off(campaign)
    deliveries.reap(held.lease_until)
    _settle(held, state)
    assert _states(campaign) == [expected] * 3


def test_only_what_is_not_begun_goes_back(campaign: Campaign) -> None:
    held = deliveries.claim(campaign.pk, 10)
    first = held.delivery_ids[0]
    deliveries.begin_hand_off(campaign, held, [first])
    deliveries.give_back(held)
    assert _states(campaign) == ["handing_off", "planned", "planned"]
    deliveries.give_back(held, [first])
    assert _states(campaign) == ["planned"] * 3


def test_pauses_grow_and_end_in_giving_up(campaign: Campaign) -> None:
    pauses = []
    for tries in range(1, deliveries.MAX_TRIES):
        _settle(_handing_off(campaign, 1), State.DEFERRED, "refused_for_now", "451 later")
        delivery = campaign.deliveries.get(state="deferred")
        assert (delivery.tries, delivery.reason) == (tries, "refused_for_now")
        pauses.append(_pause(delivery))
        assert deliveries.reap(delivery.deferred_until)["due"] == 1
    assert all(later > earlier for earlier, later in pairwise(pauses[::2]))
    _settle(_handing_off(campaign, 1), State.DEFERRED, "refused_for_now", "451 later")
    given_up = campaign.deliveries.get(state="rejected")
    assert (given_up.reason, given_up.detail) == ("gave_up", "451 later")


def _pause(delivery: Delivery) -> timedelta:
    assert delivery.deferred_until is not None
    return delivery.deferred_until - timezone.now()


@pytest.mark.parametrize("tries", range(deliveries.MAX_TRIES - 1))
def test_a_pause_lies_between_half_and_all_of_its_length(campaign: Campaign, tries: int) -> None:
    campaign.deliveries.update(tries=tries)
    before = timezone.now()
    _settle(_handing_off(campaign), State.DEFERRED, "refused_for_now")
    whole = min(deliveries.FIRST_PAUSE * 2**tries, deliveries.LONGEST_PAUSE)
    untils = [delivery.deferred_until for delivery in campaign.deliveries.all()]
    assert all(until and until >= before + whole / 2 for until in untils)
    assert all(until and until <= timezone.now() + whole for until in untils)


@pytest.mark.parametrize("reason", sorted(deliveries.AWAY_REASONS))
def test_a_server_that_is_away_costs_no_delivery_its_tries(campaign: Campaign, reason: str) -> None:
    for _time in range(3 * deliveries.MAX_TRIES):
        _settle(_handing_off(campaign), State.DEFERRED, reason)
        deliveries.reap(timezone.now() + 10 * LATER)
    assert _states(campaign) == ["planned"] * 3
    assert {delivery.tries for delivery in campaign.deliveries.all()} == {deliveries.AWAY_TRIES}


def test_the_last_try_is_not_spent_on_a_server_that_is_away(campaign: Campaign) -> None:
    campaign.deliveries.update(tries=deliveries.MAX_TRIES - 1)
    _settle(_handing_off(campaign), State.DEFERRED, "server_away")
    assert _states(campaign) == ["deferred"] * 3


def test_what_is_deferred_waits_until_it_is_due(campaign: Campaign) -> None:
    _settle(_handing_off(campaign), State.DEFERRED, "refused_for_now")
    assert deliveries.reap()["due"] == 0
    assert deliveries.claim(campaign.pk, 10).delivery_ids == ()
    assert not lifecycle.is_finished(campaign)


def test_only_what_is_unknown_can_be_proved(campaign: Campaign) -> None:
    held = _handing_off(campaign, 2)
    first, second = held.delivery_ids
    deliveries.settle(held, [Outcome(first, State.UNKNOWN), Outcome(second, State.REJECTED, "no")])
    assert deliveries.prove(first, State.ACCEPTED)
    assert not deliveries.prove(first, State.REJECTED)
    assert not deliveries.prove(second, State.ACCEPTED)
    assert _states(campaign) == ["accepted", "rejected", "planned"]
    assert campaign.deliveries.get(pk=first).accepted_at is not None


@pytest.mark.parametrize("state", ["accepted", "rejected", "skipped", "held_out"])
def test_what_has_ended_stays(campaign: Campaign, state: str) -> None:
    held = _handing_off(campaign)
    ended: dict[str, Any] = {"state": state, "reason": "no", "accepted_at": timezone.now()}
    campaign.deliveries.update(**ended)
    _settle(held, State.DEFERRED, "refused_for_now")
    _settle(held, State.ACCEPTED)
    deliveries.reject_unsent(held, [Outcome(pk, State.REJECTED) for pk in held.delivery_ids])
    deliveries.give_back(held, held.delivery_ids)
    deliveries.reap(timezone.now() + 100 * LATER)
    deliveries.cancel_open(campaign)
    assert deliveries.claim(campaign.pk, 10).delivery_ids == ()
    assert set(_states(campaign)) == {state}


def test_what_comes_back_after_the_campaign_was_cancelled_is_skipped(campaign: Campaign) -> None:
    held = _handing_off(campaign)
    lifecycle.cancel(campaign)
    _settle(held, State.DEFERRED, "refused_for_now")
    assert deliveries.reap()["cancelled"] == 3
    assert set(campaign.deliveries.values_list("state", "reason")) == {("skipped", "cancelled")}


def test_a_long_answer_is_cut_to_what_the_record_holds(campaign: Campaign) -> None:
    _settle(_handing_off(campaign), State.REJECTED, "refused", "550 " + "é" * 5_000)
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
        campaign.deliveries.update(**wrong)


def test_nobody_has_two_deliveries_of_one_occurrence(campaign: Campaign) -> None:
    delivery = campaign.deliveries.all()[0]
    delivery.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        delivery.save(force_insert=True)
