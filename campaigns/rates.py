"""How fast mail may go: overall, per campaign and per mail domain, over all workers together.

Each rate is a clock in the database, kept by the generic cell rate algorithm (ITU-T I.371, annex
A, in its virtual scheduling form): the clock says when the next mail would be due if all went
evenly, and it may run at most a second ahead. Whoever sends moves the clock first. The only writer
of RateClock.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from campaigns.models import Campaign, DomainLimit, RateClock

AHEAD = timedelta(seconds=1)
SKEW = timedelta(minutes=1)  # by which the clocks of two machines may differ
OVERALL = "all"
MINUTE = 60.0


@dataclass(frozen=True)
class Grant:
    """How many mails may go at once, and in how many seconds the next may when none may now."""

    mails: int
    wait: float = 0.0


@dataclass(frozen=True)
class _Rate:
    key: str
    per_second: float
    is_queue: bool = False

    @property
    def interval(self) -> timedelta:
        # A clock has no more than microseconds.
        return max(timedelta(seconds=1 / self.per_second), timedelta.resolution)

    @property
    def slack(self) -> timedelta:
        # A rate below one a second still lets one mail through when its clock has come round.
        return max(AHEAD, self.interval)


@transaction.atomic
def take(campaign: Campaign, wanted: int) -> Grant:
    """Take up to ``wanted`` mails' worth of the overall rate and the campaign's own."""
    rates, now = _rates_of(campaign), timezone.now()
    clocks = _clocks(rates, now)
    mails = min([wanted, *(_available(r, clocks[r.key], now) for r in rates)])
    if mails < 1:
        return Grant(0, max(_wait(r, clocks[r.key], now) for r in rates))
    _turn(rates, clocks, now, mails)
    return Grant(mails)


@transaction.atomic
def give_back(campaign: Campaign, unused: int) -> None:
    """Return what was taken and not needed."""
    rates, now = _rates_of(campaign), timezone.now()
    if unused and rates:
        _turn(rates, _clocks(rates, now), now, -unused)


@transaction.atomic
def postponed(
    campaign: Campaign, domains: Mapping[int, str], now: datetime
) -> dict[datetime, list[int]]:
    """Who must wait for their mail domain's rate, by when: deliveries in, deliveries out.

    Those who wait queue up behind one another, so that each comes back at about its turn.
    """
    limits = dict(DomainLimit.objects.values_list("domain", "per_minute"))
    queues: dict[str, list[int]] = defaultdict(list)
    for delivery_id, domain in domains.items():
        if domain in limits:
            queues[domain].append(delivery_id)
    waiting: dict[datetime, list[int]] = {}
    for domain in sorted(queues):
        rate = _Rate(f"domain:{domain}", limits[domain] / MINUTE)
        waiting |= _queue(campaign, rate, queues[domain], now)
    return waiting


def _queue(
    campaign: Campaign, rate: _Rate, ids: list[int], now: datetime
) -> dict[datetime, list[int]]:
    line = _Rate(f"{rate.key}:{campaign.pk}", rate.per_second, is_queue=True)
    clocks = _clocks([rate, line], now)
    going = min(len(ids), _available(rate, clocks[rate.key], now))
    _turn([rate], clocks, now, going)
    late = ids[going:]
    if not late:
        return {}
    first = max(clocks[line.key], clocks[rate.key], now)
    _turn([line], {line.key: first}, now, len(late))
    waiting: dict[datetime, list[int]] = defaultdict(list)
    for place, delivery_id in enumerate(late, start=1):
        # By whole seconds, for each moment is a statement of its own.
        moment = (first + place * rate.interval).replace(microsecond=0) + AHEAD
        waiting[moment].append(delivery_id)
    return waiting


def _rates_of(campaign: Campaign) -> list[_Rate]:
    rates = []
    if settings.REGULARS_RATE_PER_SECOND:
        rates.append(_Rate(OVERALL, settings.REGULARS_RATE_PER_SECOND))
    if campaign.rate_per_minute:
        rates.append(_Rate(f"campaign:{campaign.pk}", campaign.rate_per_minute / MINUTE))
    return rates


def _clocks(rates: Iterable[_Rate], now: datetime) -> dict[str, datetime]:
    """Lock the clocks, in one order for all, and read them; one that stands behind is at now."""
    by_key = {rate.key: rate for rate in rates}
    keys = sorted(by_key)
    if not keys:
        return {}
    RateClock.objects.bulk_create(
        [RateClock(key=key, next_at=now) for key in keys], ignore_conflicts=True
    )
    rows = RateClock.objects.select_for_update().filter(key__in=keys).order_by("key")
    return {row.key: _plausible(by_key[row.key], row.next_at, now) for row in rows}


def _plausible(rate: _Rate, clock: datetime, now: datetime) -> datetime:
    """A clock runs ahead by its slack; far beyond, it was turned when the time was wrong."""
    wrong = not rate.is_queue and clock > now + rate.slack + SKEW
    return now if wrong else max(clock, now)


def _available(rate: _Rate, clock: datetime, now: datetime) -> int:
    return max(0, floor((now + rate.slack - clock) / rate.interval))


def _wait(rate: _Rate, clock: datetime, now: datetime) -> float:
    return max(0.0, (clock + rate.interval - rate.slack - now).total_seconds())


def _turn(
    rates: Iterable[_Rate], clocks: Mapping[str, datetime], now: datetime, mails: int
) -> None:
    for rate in rates:
        moment = max(clocks[rate.key] + mails * rate.interval, now)
        RateClock.objects.filter(key=rate.key).update(next_at=moment)
