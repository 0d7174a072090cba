"""Rates: however many workers ask, a second lets through what it may and one second's slack."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns import dispatch, rates
from campaigns.models import Campaign, DomainLimit, RateClock
from tests.campaigns.engine.batches import states

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(("per_minute", "at_once"), [(600, 10), (60, 1), (6, 1)])
def test_a_campaign_takes_a_seconds_worth_then_waits(
    campaign: Campaign, per_minute: int, at_once: int
) -> None:
    campaign.rate_per_minute = per_minute
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert rates.take(campaign, 1_000).mails == at_once
        refused = rates.take(campaign, 1_000)
        assert refused.mails == 0
        assert refused.wait == pytest.approx(60 / per_minute, rel=0.01)
        clock.shift(timedelta(seconds=refused.wait + 0.001))
        assert rates.take(campaign, 1_000).mails == 1


def test_the_slower_of_two_rates_counts(campaign: Campaign, settings: Any) -> None:
    settings.REGULARS_RATE_PER_SECOND = 5.0
    campaign.rate_per_minute = 1_200
    with time_machine.travel(timezone.now(), tick=False):
        assert rates.take(campaign, 100).mails == 5


def test_what_was_not_needed_is_given_back(campaign: Campaign) -> None:
    campaign.rate_per_minute = 600
    with time_machine.travel(timezone.now(), tick=False):
        assert rates.take(campaign, 10).mails == 10
        rates.give_back(campaign, 4)
        assert rates.take(campaign, 10).mails == 4


def test_without_a_rate_everything_goes_and_nothing_is_written(campaign: Campaign) -> None:
    assert rates.take(campaign, 1_000) == rates.Grant(1_000)
    rates.give_back(campaign, 10)
    assert not RateClock.objects.exists()


@given(
    asks=st.lists(st.tuples(st.integers(0, 2_000), st.integers(1, 40)), min_size=1, max_size=40),
    per_minute=st.integers(30, 1_200),
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_span_of_time_lets_more_through_than_its_rate(
    campaign: Campaign, asks: list[tuple[int, int]], per_minute: int
) -> None:
    RateClock.objects.all().delete()
    campaign.rate_per_minute = per_minute
    let_through: list[tuple[float, int]] = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        at = 0.0
        for pause, wanted in asks:
            clock.shift(timedelta(milliseconds=pause))
            at += pause / 1_000
            let_through.append((at, rates.take(campaign, wanted).mails))
    for first, (begin, _mails) in enumerate(let_through):
        total = 0
        for end, mails in let_through[first:]:
            total += mails
            assert total <= (end - begin + 1) * per_minute / 60 + 1


def test_a_clock_far_ahead_holds_nobody_up_for_long(campaign: Campaign) -> None:
    """The machine's clock was two hours ahead, and was set right."""
    campaign.rate_per_minute = 600
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        rates.take(campaign, 10)
    with time_machine.travel(timezone.now(), tick=False):
        assert rates.take(campaign, 10).mails == 10
        assert rates.take(campaign, 10).mails == 0


def test_who_waits_for_a_domain_queues_up_behind_one_another(campaign: Campaign) -> None:
    DomainLimit.objects.create(domain="slow.example", per_minute=60)
    people = dict.fromkeys(range(1, 6), "slow.example") | {9: "quick.example"}
    with time_machine.travel(timezone.now(), tick=False):
        now = timezone.now()
        first = rates.postponed(campaign, people, now)
        second = rates.postponed(campaign, {7: "slow.example"}, now)
    waits = {pk: (when - now).total_seconds() for when, ids in first.items() for pk in ids}
    assert sorted(waits) == [2, 3, 4, 5], "the first goes at once"
    assert all(earlier < later for earlier, later in pairwise(waits.values()))
    [(when, [seven])] = second.items()
    assert seven == 7
    assert (when - now).total_seconds() > waits[5]


def test_a_campaign_goes_at_its_pace(campaign: Campaign) -> None:
    campaign.rate_per_minute = 1
    campaign.save(update_fields=["rate_per_minute"])
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert dispatch.drain(campaign.pk) == 1
        clock.shift(MINUTE)
        assert dispatch.drain(campaign.pk) == 1
    assert sorted(states(campaign)) == ["accepted", "accepted", "planned"]
