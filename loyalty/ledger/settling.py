"""Booking what time alone has changed, on an open page: maturing, lapsing, holds that ran out.

Every verb settles before it does anything else, so no promise about time depends on a job.
"""

from datetime import datetime

from django.utils import timezone

from loyalty.ledger.lots import allocate, ended, held, over, past
from loyalty.ledger.opening import opened
from loyalty.ledger.pages import Page
from loyalty.ledger.words import On, Part, Request, Take
from loyalty.models import Allocation, Entry, Hold, Lot
from profiles.models import Account

NOTHING = Request("", "")


def settle(account: Account, now: datetime | None = None) -> None:
    """Book what has matured, lapsed or run out; running it twice changes nothing more."""
    now = now or timezone.now()
    with opened(account, NOTHING, now) as page:
        settle_page(page, now)


def settle_page(page: Page, now: datetime) -> None:
    """Bring an open page up to ``now``."""
    if page.holds_over:
        for hold in over(page.wallet, now):
            _run_out(page, hold)
    due = [lot for lot in page.lots.values() if _is_due(lot, now)]
    for lot in sorted(due, key=lambda lot: (lot.available_at, lot.pk)):
        if lot.is_pending:
            _mature(page, lot)
        if ended(lot, now):
            _lapse(page, lot)
    repay(page, now)


def repay(page: Page, now: datetime) -> None:
    """Pay debt out of active points, if there are both."""
    wallet = page.wallet
    points = min(wallet.debt, wallet.active)
    if not points:
        return
    request = Request("debt", f"wallet:{wallet.pk}:{_paid_before(page)}")
    legs = {On.ACTIVE: -points, On.DEBT: points}
    takes = allocate(page.lots.values(), points)
    page.book(Entry.Kind.ADJUST, request, now, legs, takes)


def end_hold(page: Page, hold: Hold, state: Hold.State, request: Request, at: datetime) -> Entry:
    """Capture a hold's points, or release them; points of a lot that has ended lapse at once."""
    rows = held(hold)
    lots = page.load([row.lot for row in rows])
    back = [Take(lot, -row.amount, Part.HELD) for lot, row in zip(lots, rows, strict=True)]
    legs = {On.HELD: -hold.points}
    if state == Hold.State.CAPTURED:
        kind, part, onward = Entry.Kind.REDEEM, Part.SPENT, rows
        legs[On.REDEEMED] = hold.points
    else:
        kind, part = Entry.Kind.MOVE, Part.LAPSED
        gone = past(lots, at)
        onward = [row for row in rows if row.lot_id in gone]
        lapsed = sum(row.amount for row in onward)
        legs |= {On.ACTIVE: hold.points - lapsed, On.EXPIRED: lapsed}
    entry = page.book(kind, request, at, legs, [*back, *_takes(page, onward, part)])
    page.close_hold(hold, state, entry)
    return entry


def _takes(page: Page, rows: list[Allocation], part: Part) -> list[Take]:
    return [Take(page.lots[row.lot_id], row.amount, part) for row in rows]


def _is_due(lot: Lot, now: datetime) -> bool:
    matured = lot.is_pending and lot.available_at <= now
    return bool(lot.remaining) and (matured or ended(lot, now))


def _run_out(page: Page, hold: Hold) -> None:
    if hold.expires_at is not None:
        request = Request("hold", f"ran out:{hold.pk}")
        end_hold(page, hold, Hold.State.RELEASED, request, hold.expires_at)


def _mature(page: Page, lot: Lot) -> None:
    request = Request("maturing", f"lot:{lot.pk}")
    legs = {On.PENDING: -lot.remaining, On.ACTIVE: lot.remaining}
    page.book(Entry.Kind.MOVE, request, lot.available_at, legs)
    page.mature(lot)


def _lapse(page: Page, lot: Lot) -> None:
    points, at = lot.remaining, lot.expires_at
    if at is None:
        return
    request = Request("expiry", f"lot:{lot.pk}")
    legs = {On.ACTIVE: -points, On.EXPIRED: points}
    page.book(Entry.Kind.EXPIRE, request, at, legs, [Take(lot, points, Part.LAPSED)])


def _paid_before(page: Page) -> int:
    booked = sum(entry.source == "debt" for entry in page.entries)
    return booked + Entry.objects.filter(wallet=page.wallet, source="debt").count()
