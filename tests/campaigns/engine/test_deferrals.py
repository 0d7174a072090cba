"""Putting off: pauses that grow, a last try, and servers whose absence costs nobody a try."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from campaigns import deliveries, dispatch, lifecycle, recovery
from campaigns.models import Campaign, Delivery
from campaigns.outcomes import AWAY_REASONS
from tests.campaigns.engine.batches import handing_off, settle, states

State = Delivery.State
LATER = timedelta(hours=10)


def test_what_is_put_off_waits_then_goes_out(campaign: Campaign) -> None:
    settle(handing_off(campaign), State.DEFERRED, "refused_for_now")
    assert dispatch.drain(campaign.pk) == 0
    assert not lifecycle.is_finished(campaign)
    assert recovery.reap(timezone.now() + timedelta(seconds=1))["due"] == 0
    assert recovery.reap(timezone.now() + timedelta(minutes=1))["due"] == 3
    assert dispatch.drain(campaign.pk) == 3
    assert lifecycle.is_finished(campaign)


def test_pauses_grow_and_end_in_giving_up(campaign: Campaign) -> None:
    pauses = []
    for tries in range(1, deliveries.MAX_TRIES):
        settle(handing_off(campaign, 1), State.DEFERRED, "refused_for_now", "451 later")
        delivery = campaign.deliveries.get(state="deferred")
        assert (delivery.tries, delivery.reason) == (tries, "refused_for_now")
        assert delivery.deferred_until is not None
        pauses.append(delivery.deferred_until - timezone.now())
        assert recovery.reap(delivery.deferred_until)["due"] == 1
    # Jitter may shorten a pause by half, so that only every other one is sure to be longer.
    growing = pauses[: deliveries.MAX_TRIES - 3]
    assert all(later > earlier for earlier, later in pairwise(growing[::2]))
    settle(handing_off(campaign, 1), State.DEFERRED, "refused_for_now", "451 later")
    given_up = campaign.deliveries.get(state="rejected")
    assert (given_up.reason, given_up.detail) == ("gave_up", "451 later")


def test_nobody_gives_up_before_most_of_a_day_has_passed() -> None:
    pauses = [
        min(deliveries.FIRST_PAUSE * 2**tries, deliveries.LONGEST_PAUSE)
        for tries in range(deliveries.MAX_TRIES - 1)
    ]
    assert pauses[-1] == deliveries.LONGEST_PAUSE
    assert sum(pauses, timedelta()) > timedelta(hours=8)


@pytest.mark.parametrize("tries", range(deliveries.MAX_TRIES - 1))
def test_a_pause_lies_between_half_and_all_of_its_length(campaign: Campaign, tries: int) -> None:
    campaign.deliveries.update(tries=tries)
    before = timezone.now()
    settle(handing_off(campaign), State.DEFERRED, "refused_for_now")
    whole = min(deliveries.FIRST_PAUSE * 2**tries, deliveries.LONGEST_PAUSE)
    untils = [delivery.deferred_until for delivery in campaign.deliveries.all()]
    assert all(until and until >= before + whole / 2 for until in untils)
    assert all(until and until <= timezone.now() + whole for until in untils)


@pytest.mark.parametrize("reason", sorted(AWAY_REASONS))
def test_a_server_that_is_away_costs_no_delivery_its_tries(campaign: Campaign, reason: str) -> None:
    for _time in range(2 * deliveries.MAX_TRIES):
        settle(handing_off(campaign), State.DEFERRED, reason)
        recovery.reap(timezone.now() + LATER)
    assert states(campaign) == ["planned"] * 3
    assert {delivery.tries for delivery in campaign.deliveries.all()} == {deliveries.AWAY_TRIES}


def test_the_last_try_is_not_spent_on_a_server_that_is_away(campaign: Campaign) -> None:
    campaign.deliveries.update(tries=deliveries.MAX_TRIES - 1)
    settle(handing_off(campaign), State.DEFERRED, "server_away")
    assert states(campaign) == ["deferred"] * 3


def test_what_comes_back_after_the_campaign_was_cancelled_is_skipped(campaign: Campaign) -> None:
    held = handing_off(campaign)
    lifecycle.cancel(campaign)
    settle(held, State.DEFERRED, "refused_for_now")
    assert recovery.reap()["cancelled"] == 3
    assert set(campaign.deliveries.values_list("state", "reason")) == {("skipped", "cancelled")}
    assert lifecycle.is_finished(Campaign.objects.get(pk=campaign.pk))
