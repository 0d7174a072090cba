"""What a member's points are at a moment: to spend, on their way, set aside, owed, about to go."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from loyalty.ledger import balance
from loyalty.models import Lot, Wallet
from profiles.models import Account

SOON = timedelta(days=60)
A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Parcel:
    """Points of one day: that of ``at``, where the shop stands."""

    points: int
    at: datetime


@dataclass(frozen=True)
class Purse:
    """``coming`` are points that cannot be spent yet, ``ending`` the next ones to lapse soon."""

    balance: int
    coming: tuple[Parcel, ...] = ()
    ending: Parcel | None = None
    aside: int = 0
    owed: int = 0

    @property
    def coming_points(self) -> int:
        """All that is on its way."""
        return sum(parcel.points for parcel in self.coming)


def purse(account: Account, now: datetime, *, points: int | None = None) -> Purse:
    """The account's points, whether or not a job has booked what time changed.

    ``points`` is the balance where the caller knows it.
    """
    wallet = Wallet.objects.filter(account=account).first()
    if wallet is None:
        return Purse(0)
    zone = ZoneInfo(account.brand.time_zone)
    there = Lot.objects.filter(wallet=wallet, remaining__gt=0)
    waiting = there.filter(is_pending=True, available_at__gt=now)
    ending = there.filter(Q(is_pending=False) | Q(available_at__lte=now))
    ending = ending.filter(expires_at__gt=now, expires_at__lte=now + SOON)
    coming = by_day(waiting.values_list("available_at", "remaining"), zone)
    # What ends at midnight can be spent for the last time on the day before.
    lasting = ((ends - A_MOMENT, points) for ends, points in _ends(ending))
    aside = wallet.holds.filter(Q(expires_at=None) | Q(expires_at__gt=now), state="open")
    return Purse(
        balance=balance(account, now) if points is None else points,
        coming=tuple(coming),
        ending=next(iter(by_day(lasting, zone)), None),
        aside=sum(aside.values_list("points", flat=True)),
        owed=wallet.debt,
    )


def by_day(rows: Iterable[tuple[datetime, int]], zone: ZoneInfo) -> list[Parcel]:
    """Parcels of the points of each day, in order; a parcel has its day's first moment."""
    days: dict[object, Parcel] = {}
    for at, points in sorted(rows):
        day = at.astimezone(zone).date()
        earlier = days.get(day)
        days[day] = Parcel(
            points + (earlier.points if earlier else 0), earlier.at if earlier else at
        )
    return list(days.values())


def _ends(lots: Iterable[Lot]) -> list[tuple[datetime, int]]:
    return [(lot.expires_at, lot.remaining) for lot in lots if lot.expires_at]
