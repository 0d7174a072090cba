"""Reading lots: what may be spent, in which order, and what time alone has changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet, Sum

from loyalty.models import Entry, Lot, Wallet


@dataclass(frozen=True)
class Due:
    """Points that matured or lapsed at ``at`` and whose entry has not been booked yet."""

    lot: Lot
    at: datetime
    lapsed: bool

    @property
    def active_points(self) -> int:
        """What booking it adds to the points that may be spent."""
        return -self.lot.remaining if self.lapsed else self.lot.remaining


def spendable(wallet: Wallet) -> QuerySet[Lot]:
    """The wallet's active lots with points left, nearest expiry first; call after settling."""
    lots = Lot.objects.filter(wallet=wallet, remaining__gt=0, is_pending=False)
    return lots.order_by(F("expires_at").asc(nulls_last=True), "pk")


def allocate(wallet: Wallet, points: int, leaving: Lot | None = None) -> list[tuple[Lot, int]]:
    """Split ``points`` over the spendable lots other than ``leaving``; takes what there is."""
    takes = []
    for lot in spendable(wallet):
        if points and lot != leaving:
            takes.append((lot, min(points, lot.remaining)))
            points -= takes[-1][1]
    return takes


def due(wallet: Wallet, now: datetime) -> Iterator[Due]:
    """What time has changed by ``now`` and nobody has booked; a lot matures before it ends."""
    lapsed = Q(expires_at__lte=now)
    matured = Q(is_pending=True, available_at__lte=now)
    lots = Lot.objects.filter(lapsed | matured, wallet=wallet, remaining__gt=0)
    for lot in lots.order_by("available_at", "pk"):
        if lot.is_pending:
            yield Due(lot, min(lot.available_at, lot.expires_at or lot.available_at), lapsed=False)
        if lot.expires_at and lot.expires_at <= now:
            yield Due(lot, lot.expires_at, lapsed=True)


def lapsed_points(lot: Lot) -> int:
    """How many of the lot's points have lapsed, including those lapsed at once when given back."""
    lapsing = Q(entry__kind=Entry.Kind.EXPIRE) | Q(entry__reverses__kind=Entry.Kind.REDEEM)
    found = lot.allocations.filter(lapsing, amount__gt=0).aggregate(points=Sum("amount"))
    return int(found["points"] or 0)
