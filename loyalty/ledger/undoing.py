"""Taking back earnings, whole or in part, and giving back redemptions."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Q, Sum
from django.utils import timezone

from loyalty.idempotency import body_hash
from loyalty.ledger.lots import allocate, current, parts, past
from loyalty.ledger.opening import opened
from loyalty.ledger.pages import Page
from loyalty.ledger.settling import repay, settle_page
from loyalty.ledger.words import MEMBERS, NotReversible, On, Parcel, Part, Request, Take
from loyalty.models import Allocation, Entry, Lot, Refund
from profiles.models import Account, User


def take_back(
    entry: Entry,
    points_by_lot: Mapping[int, int],
    source: str,
    key: str,
    *,
    qualifying: int = 0,
    refund: Refund | None = None,
    reason: str = "",
    by: User | None = None,
    now: datetime | None = None,
) -> Entry:
    """Take back points of an earning's lots: a part of it, or all.

    Points that are still in their lot go first, then those that lapsed, then those that were
    spent: for these other lots pay, and what they cannot pay becomes debt. ``qualifying`` points
    no longer count, on the day on which they did. Raises NotReversible when a lot never had so
    many, KeyReused.
    """
    now = now or timezone.now()
    wanted = sorted((pk, points) for pk, points in points_by_lot.items() if points)
    request = Request(source, key, body_hash("take back", entry.pk, wanted, qualifying))
    facts = {"refund": refund, "reason": reason, "recorded_by": by}
    with opened(_holder(entry), request, now) as page:
        if page.earlier:
            return page.earlier
        settle_page(page, now)
        return _take_back(page, entry, dict(wanted), request, qualifying, now, facts)


def reverse(
    entry: Entry,
    source: str,
    key: str,
    *,
    reason: str = "",
    by: User | None = None,
    keep: timedelta = timedelta(0),
    now: datetime | None = None,
) -> Entry:
    """Undo what is left of an earning, or a redemption. Raises NotReversible, KeyReused.

    Redeemed points go back to their lots; those whose lot has ended meanwhile live on for
    ``keep`` from now, or lapse at once.
    """
    now = now or timezone.now()
    request = Request(source, key, body_hash("reverse", entry.pk))
    facts = {"reason": reason, "recorded_by": by}
    with opened(_holder(entry), request, now) as page:
        if page.earlier:
            return page.earlier
        settle_page(page, now)
        if entry.lots.exists():
            wanted, qualifying = _what_is_left(entry)
            return _take_back(page, entry, wanted, request, qualifying, now, facts)
        return _give_back(page, entry, request, now, keep, facts)


def _holder(entry: Entry) -> Account:
    """Whose wallet holds the entry's points now: accounts may have been merged since."""
    return current(entry.wallet).account


def _what_is_left(entry: Entry) -> tuple[dict[int, int], int]:
    lots = {lot.pk: lot.original - parts(lot).get(Part.RETURNED, 0) for lot in entry.lots.all()}
    taken = entry.reversals.aggregate(points=Sum("qualifying"))["points"] or 0
    return lots, entry.qualifying + taken


def _take_back(
    page: Page,
    entry: Entry,
    wanted: Mapping[int, int],
    request: Request,
    qualifying: int,
    now: datetime,
    facts: dict[str, Any],
) -> Entry:
    if not any(wanted.values()) and not qualifying:
        raise NotReversible("Nothing is left of this earning.")
    lots = page.load(list(entry.lots.filter(pk__in=wanted).order_by("pk")))
    if len(lots) < len(wanted):
        raise NotReversible("The points are of another earning.")
    legs: dict[On, int] = dict.fromkeys((*MEMBERS, On.EXPIRED), 0)
    takes: list[Take] = []
    gone = sum(_take_from(lot, wanted[lot.pk], page, legs, takes) for lot in lots)
    others = allocate(page.lots.values(), gone, leaving=lots)
    # Of these lots, only what is not taken back anyway can pay for what was spent.
    found = sum(take.amount for take in others)
    legs[On.ACTIVE] -= found
    legs[On.DEBT] -= gone - found
    legs[_club_side(entry)] = sum(wanted.values())
    counts = entry.qualified_at or entry.occurred_at
    reversal = page.book(
        Entry.Kind.REVERSE,
        request,
        now,
        legs,
        [*takes, *others],
        reverses=entry,
        qualifying=-qualifying,
        qualified_at=counts if qualifying else None,
        **facts,
    )
    # A part of the lots may be left, and can pay for the rest.
    repay(page, now)
    return reversal


def _take_from(lot: Lot, points: int, page: Page, legs: dict[On, int], takes: list[Take]) -> int:
    """Take points back from one lot; returns how many of them were spent before."""
    became = parts(lot)
    for row in page.allocations:
        if row.lot is lot:
            became[row.part] = became.get(row.part, 0) + row.amount
    if points > lot.original - became.get(Part.RETURNED, 0):
        raise NotReversible("More is taken back than was earned.")
    there = min(points, lot.remaining)
    lapsed = min(points - there, max(0, became.get(Part.LAPSED, 0)))
    spent = points - there - lapsed
    legs[On.PENDING if lot.is_pending else On.ACTIVE] -= there
    legs[On.EXPIRED] -= lapsed
    takes += [
        Take(lot, -lapsed, Part.LAPSED),
        Take(lot, -spent, Part.SPENT),
        Take(lot, points, Part.RETURNED),
    ]
    return spent


def _club_side(entry: Entry) -> On:
    return On.ADJUSTED if entry.kind == Entry.Kind.ADJUST else On.ISSUED


def _give_back(
    page: Page,
    entry: Entry,
    request: Request,
    now: datetime,
    keep: timedelta,
    facts: dict[str, Any],
) -> Entry:
    if entry.kind != Entry.Kind.REDEEM:
        raise NotReversible("Only earnings and redemptions can be reversed.")
    if entry.reversals.exists():
        raise NotReversible("The entry was reversed before.")
    rows = _spent(entry)
    lots = page.load([row.lot for row in rows])
    takes = [Take(lot, -row.amount) for lot, row in zip(lots, rows, strict=True)]
    gone = past(lots, now)
    over = [take for take in takes if take.lot.pk in gone]
    out_of_lots, lapsed = (-sum(take.amount for take in each) for each in (takes, over))
    total = entry.postings.get(ledger_account=On.REDEEMED).amount
    owed = total - out_of_lots
    forgiven = min(owed, page.wallet.debt)
    onward = Part.MOVED if keep else Part.LAPSED
    anew = owed - forgiven + (lapsed if keep else 0)
    legs = {
        On.REDEEMED: -total,
        On.DEBT: forgiven,
        On.EXPIRED: 0 if keep else lapsed,
        On.ACTIVE: out_of_lots - (0 if keep else lapsed) + owed - forgiven,
    }
    takes += [Take(take.lot, -take.amount, onward) for take in over]
    reversal = page.book(Entry.Kind.REVERSE, request, now, legs, takes, reverses=entry, **facts)
    if anew:
        page.add_lots(reversal, [Parcel(anew, now, _end_of(page, now, keep))], now)
    repay(page, now)
    return reversal


def _spent(entry: Entry) -> list[Allocation]:
    return list(entry.allocations.filter(part=Part.SPENT).select_related("lot"))


def _end_of(page: Page, now: datetime, keep: timedelta) -> datetime | None:
    """When points that come back without a lot of their own end.

    What was owed and has been repaid since ends with the latest of the lots that repaid it.
    """
    if keep:
        return now + keep
    repaid = Lot.objects.filter(
        allocations__entry__wallet=page.wallet, allocations__entry__source="debt"
    )
    latest = repaid.aggregate(end=Max("expires_at"), forever=Max("pk", filter=Q(expires_at=None)))
    end: datetime | None = latest["end"]
    return None if latest["forever"] or end is None or end <= now else end
