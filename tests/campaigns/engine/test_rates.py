"""Rates: however many workers ask, a second lets through what it may and one second's slack."""

from datetime import timedelta
from itertools import accumulate, pairwise
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns import dispatch, rates
from campaigns.models import Campaign, DomainLimit, RateClock
from tests.campaigns import mails
from tests.campaigns.engine.batches import states
from tests.cast import Club

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
    assert _keeps_to(per_minute / 60, _taken(campaign, asks))


def test_a_clock_that_is_not_turned_would_let_more_through(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "_turn", lambda *_told: None)
    campaign.rate_per_minute = 600
    assert not _keeps_to(10, _taken(campaign, [(0, 10), (500, 10)]))


def test_all_campaigns_together_keep_to_the_overall_rate(
    campaign: Campaign, club: Club, settings: Any
) -> None:
    settings.REGULARS_RATE_PER_SECOND = 10.0
    other = mails.started(club, "Week 48")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert rates.take(campaign, 6).mails == 6
        assert rates.take(other, 6).mails == 4
        clock.shift(timedelta(seconds=0.5))
        assert rates.take(other, 100).mails == 5
        assert rates.take(campaign, 100).mails == 0


def _taken(campaign: Campaign, asks: list[tuple[int, int]]) -> list[tuple[float, int]]:
    """Ask for mails, each time after so many milliseconds: when, and how many were granted."""
    granted, at = list[tuple[float, int]](), 0.0
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for pause, wanted in asks:
            clock.shift(timedelta(milliseconds=pause))
            at += pause / 1_000
            granted.append((at, rates.take(campaign, wanted).mails))
    return granted


def _keeps_to(per_second: float, granted: list[tuple[float, int]]) -> bool:
    """Whether any span between two grants, ends included, stays below rate and slack."""
    for first, (begin, _mails) in enumerate(granted):
        totals = accumulate(mails for _at, mails in granted[first:])
        for (end, _mails), total in zip(granted[first:], totals, strict=True):
            if total > (end - begin + 1) * per_second + 1:
                return False
    return True


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
