"""Reading lots: what may be spent, in which order, and what time alone has changed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q, Sum

from loyalty.ledger.words import Part, Take
from loyalty.models import Allocation, Hold, Lot, Wallet

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Due:
    """What time has changed at ``at`` and nobody has booked yet, as changes of points."""

    at: datetime
    what: str  # "matured", "lapsed" or "released"
    active: int
    pending: int = 0


def current(wallet: Wallet) -> Wallet:
    """The wallet that holds these points now, following accounts that were merged."""
    wallet = Wallet.objects.get(pk=wallet.pk)
    while wallet.moved_to is not None:
        wallet = wallet.moved_to
    return wallet


def ended(lot: Lot, now: datetime) -> bool:
    """Whether the lot's points can no longer be spent."""
    return lot.expires_at is not None and lot.expires_at <= now


def past(lots: Sequence[Lot], now: datetime) -> set[int]:
    """The numbers of those that have ended by ``now``, or lapsed by a clock that is ahead of it.

    What comes back to these has lapsed: a lot lapses once.
    """
    found = {lot.pk for lot in lots if ended(lot, now)}
    # What has lapsed is empty.
    empty = [lot.pk for lot in lots if lot.expires_at and not lot.remaining and lot.pk not in found]
    if empty:
        rows = Allocation.objects.filter(lot__in=empty, part=Part.LAPSED)
        found.update(rows.values_list("lot", flat=True))
    return found


def spendable(lots: Iterable[Lot]) -> list[Lot]:
    """The active lots with points left, nearest expiry first; call after settling."""
    there = [lot for lot in lots if lot.remaining and not lot.is_pending]
    return sorted(there, key=lambda lot: (lot.expires_at or NEVER, lot.pk))


def allocate(
    lots: Iterable[Lot], points: int, part: Part = Part.SPENT, leaving: Sequence[Lot] = ()
) -> list[Take]:
    """Split ``points`` over the spendable lots other than ``leaving``; takes what there is."""
    takes = []
    for lot in spendable(lots):
        if points and lot not in leaving:
            takes.append(Take(lot, min(points, lot.remaining), part))
            points -= takes[-1].amount
    return takes


def due(wallet: Wallet, now: datetime) -> Iterator[Due]:
    """What time has changed in a wallet by ``now`` and nobody has booked; a reading, no booking."""
    lapsed = Q(expires_at__lte=now)
    matured = Q(is_pending=True, available_at__lte=now)
    for lot in Lot.objects.filter(lapsed | matured, wallet=wallet, remaining__gt=0):
        if lot.is_pending:
            yield Due(lot.available_at, "matured", lot.remaining, -lot.remaining)
        if lot.expires_at and lot.expires_at <= now:
            yield Due(lot.expires_at, "lapsed", -lot.remaining)
    for hold in over(wallet, now):
        for row in held(hold):
            yield from _released(hold, row, now)


def over(wallet: Wallet, now: datetime) -> list[Hold]:
    """The open holds that have run out."""
    holds = Hold.objects.filter(wallet=wallet, state=Hold.State.OPEN, expires_at__lte=now)
    return list(holds.order_by("expires_at", "pk"))


def held(hold: Hold) -> list[Allocation]:
    """From which lots the held points came."""
    return list(hold.entry.allocations.filter(part=Part.HELD).select_related("lot"))


def parts(lot: Lot) -> dict[str, int]:
    """What became of a lot's points: net points by part."""
    rows = lot.allocations.order_by().values_list("part").annotate(points=Sum("amount"))
    return dict(rows)


def _released(hold: Hold, row: Allocation, now: datetime) -> Iterator[Due]:
    """Points of a hold that ran out are active from then on, unless their lot had ended."""
    at = hold.expires_at
    if at is None or ended(row.lot, at):
        return
    yield Due(at, "released", row.amount)
    if row.lot.expires_at and row.lot.expires_at <= now:
        yield Due(row.lot.expires_at, "lapsed", -row.amount)
