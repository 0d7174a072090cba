"""Redeeming points, at once or by way of a hold."""

from datetime import datetime

from django.utils import timezone

from loyalty.idempotency import body_hash
from loyalty.ledger.lots import NEVER, allocate, parts
from loyalty.ledger.opening import opened
from loyalty.ledger.pages import Page
from loyalty.ledger.settling import end_hold, repay, settle_page
from loyalty.ledger.words import (
    NotEnoughPoints,
    NotReversible,
    On,
    Part,
    Request,
    Take,
    require_positive,
)
from loyalty.models import Entry, Hold, Lot
from profiles.models import Account


def redeem(
    account: Account,
    points: int,
    source: str,
    key: str,
    *,
    reason: str = "",
    occurred_at: datetime | None = None,
    overdraw: bool = False,
    now: datetime | None = None,
) -> Entry:
    """Spend points, nearest expiry first. Raises NotEnoughPoints, KeyReused.

    ``overdraw`` records what an offline till has given away at ``occurred_at``: points that have
    lapsed since then count, and what is missing becomes debt.
    """
    require_positive(points)
    now = now or timezone.now()
    at = min(occurred_at or now, now)
    request = Request(source, key, body_hash("redeem", account.pk, points))
    with opened(account, request, now) as page:
        if page.earlier:
            return page.earlier
        settle_page(page, now)
        if overdraw:
            return _overdraw(page, points, request, at, reason)
        _require_there(page, points)
        legs = {On.ACTIVE: -points, On.REDEEMED: points}
        takes = allocate(page.lots.values(), points)
        return page.book(Entry.Kind.REDEEM, request, at, legs, takes, reason=reason)


def hold(
    account: Account,
    points: int,
    source: str,
    key: str,
    *,
    reason: str = "",
    expires_at: datetime | None = None,
    now: datetime | None = None,
) -> Hold:
    """Set points aside, until ``expires_at`` at most. Raises NotEnoughPoints, KeyReused."""
    require_positive(points)
    now = now or timezone.now()
    if expires_at and expires_at <= now:
        raise ValueError("A hold must last a while.")
    request = Request(source, key, body_hash("hold", account.pk, points))
    with opened(account, request, now) as page:
        if page.earlier:
            return page.earlier.hold
        settle_page(page, now)
        _require_there(page, points)
        legs = {On.ACTIVE: -points, On.HELD: points}
        takes = allocate(page.lots.values(), points, Part.HELD)
        entry = page.book(Entry.Kind.MOVE, request, now, legs, takes, reason=reason)
        return page.add_hold(entry, points, expires_at)


def capture(hold: Hold, source: str, key: str, *, now: datetime | None = None) -> Entry:
    """Redeem what a hold has set aside. Raises NotReversible once it is over, KeyReused."""
    return _end(hold, Hold.State.CAPTURED, source, key, now)


def release(hold: Hold, source: str, key: str, *, now: datetime | None = None) -> Entry:
    """Give back what a hold has set aside. Raises NotReversible once it is over, KeyReused."""
    return _end(hold, Hold.State.RELEASED, source, key, now)


def _end(hold: Hold, state: Hold.State, source: str, key: str, now: datetime | None) -> Entry:
    now = now or timezone.now()
    request = Request(source, key, body_hash(state, hold.pk))
    # Whose it is now: accounts may have been merged since it was placed.
    owner = Account.objects.get(wallet__holds=hold)
    with opened(owner, request, now) as page:
        if page.earlier:
            return page.earlier
        settle_page(page, now)
        ran_out = any(one.pk == hold.pk for one in page.closed_holds)
        hold.refresh_from_db()
        if ran_out or hold.state != Hold.State.OPEN:
            raise NotReversible("The hold is over.")
        entry = end_hold(page, hold, state, request, now)
        # What comes back pays first what is owed since.
        repay(page, now)
        return entry


def _require_there(page: Page, points: int) -> None:
    if points > page.wallet.active:
        raise NotEnoughPoints(f"{points} asked for, {page.wallet.active} there.")


def _overdraw(page: Page, points: int, request: Request, at: datetime, reason: str) -> Entry:
    takes = _lapsed_since(page, points, at)
    revived = sum(take.amount for take in takes if take.part == Part.SPENT)
    takes += allocate(page.lots.values(), points - revived)
    found = sum(take.amount for take in takes if take.part == Part.SPENT)
    legs = {
        On.REDEEMED: points,
        On.EXPIRED: -revived,
        On.ACTIVE: revived - found,
        On.DEBT: found - points,
    }
    return page.book(Entry.Kind.REDEEM, request, at, legs, takes, reason=reason)


def _lapsed_since(page: Page, points: int, at: datetime) -> list[Take]:
    """Points that could still be spent at ``at`` and have lapsed since: revived, then spent."""
    rows = Lot.objects.filter(wallet=page.wallet, expires_at__gt=at, available_at__lte=at)
    takes = []
    for lot in sorted(page.load(list(rows)), key=lambda lot: (lot.expires_at or NEVER, lot.pk)):
        lapsing = sum(
            row.amount for row in page.allocations if row.lot is lot and row.part == Part.LAPSED
        )
        amount = min(points, lapsing + parts(lot).get(Part.LAPSED, 0))
        if amount:
            takes += [Take(lot, -amount, Part.LAPSED), Take(lot, amount, Part.SPENT)]
            points -= amount
    return takes
