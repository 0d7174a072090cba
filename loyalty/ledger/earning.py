"""Points coming in: earnings one by one or by the thousand, opening balances, adjustments."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from loyalty.idempotency import body_hash
from loyalty.ledger.lots import allocate
from loyalty.ledger.opening import opened
from loyalty.ledger.pages import Page
from loyalty.ledger.settling import repay, settle_page
from loyalty.ledger.words import NotEnoughPoints, On, Parcel, Request, require_points
from loyalty.models import Entry, Purchase
from profiles.models import Account, User


def earn(
    account: Account,
    parcels: Sequence[Parcel],
    source: str,
    key: str,
    *,
    occurred_at: datetime,
    purchase: Purchase | None = None,
    reason: str = "",
    qualifying: int = 0,
    by: User | None = None,
    now: datetime | None = None,
) -> Entry:
    """Book earned points as lots, pending while their day lies ahead; pays debt first.

    ``qualifying`` is what counts towards the tier, on the day of ``occurred_at``. Raises KeyReused.
    """
    # What a purchase says was compared when it was recorded; its key here is its own number.
    said = "" if purchase else body_hash("earn", account.pk, _told(parcels))
    request = Request(source, key, said)
    facts: dict[str, Any] = {"purchase": purchase, "reason": reason, "recorded_by": by}
    return _come_in(
        account, parcels, request, Entry.Kind.EARN, On.ISSUED, occurred_at, now, qualifying, facts
    )


def open_balance(
    account: Account,
    parcels: Sequence[Parcel],
    source: str,
    key: str,
    *,
    occurred_at: datetime,
    reason: str = "",
    qualifying: int = 0,
    qualified_at: datetime | None = None,
    by: User | None = None,
    now: datetime | None = None,
) -> Entry:
    """Take over points (and what counts towards the tier) from elsewhere, as an adjustment."""
    said = body_hash("open", account.pk, _told(parcels), qualifying)
    request = Request(source, key, said)
    facts: dict[str, Any] = {"reason": reason, "recorded_by": by}
    return _come_in(
        account,
        parcels,
        request,
        Entry.Kind.ADJUST,
        On.ADJUSTED,
        occurred_at,
        now,
        qualifying,
        facts,
        qualified_at,
    )


def adjust(
    account: Account,
    points: int,
    source: str,
    key: str,
    *,
    reason: str,
    by: User | None = None,
    approved_by: User | None = None,
    expires_at: datetime | None = None,
    overdraw: bool = False,
    now: datetime | None = None,
) -> Entry:
    """Give (positive) or take (negative) points for a reason.

    Taking more than there is raises NotEnoughPoints, or becomes debt with ``overdraw``. Who may
    adjust how much is for the callers to decide. Raises KeyReused, ValueError.
    """
    if not points or not reason.strip():
        raise ValueError("An adjustment needs points and a reason.")
    now = now or timezone.now()
    request = Request(source, key, body_hash("adjust", account.pk, points, reason))
    facts: dict[str, Any] = {"reason": reason, "recorded_by": by, "approved_by": approved_by}
    if points > 0:
        parcels = [Parcel(points, now, expires_at)]
        return _come_in(
            account, parcels, request, Entry.Kind.ADJUST, On.ADJUSTED, now, now, 0, facts
        )
    with opened(account, request, now) as page:
        if page.earlier:
            return page.earlier
        settle_page(page, now)
        missing = max(0, -points - page.wallet.active)
        if missing and not overdraw:
            raise NotEnoughPoints(f"{-points} asked for, {page.wallet.active} there.")
        legs = {On.ACTIVE: points + missing, On.DEBT: -missing, On.ADJUSTED: -points}
        takes = allocate(page.lots.values(), -points - missing)
        return page.book(Entry.Kind.ADJUST, request, now, legs, takes, **facts)


def _come_in(
    account: Account,
    parcels: Sequence[Parcel],
    request: Request,
    kind: Entry.Kind,
    origin: On,
    occurred_at: datetime,
    now: datetime | None,
    qualifying: int,
    facts: Mapping[str, Any],
    qualified_at: datetime | None = None,
) -> Entry:
    require_points(parcels)
    now = now or timezone.now()
    with opened(account, request, now) as page:
        if page.earlier:
            return page.earlier
        waiting = sum(parcel.points for parcel in parcels if parcel.available_at > now)
        total = sum(parcel.points for parcel in parcels)
        legs = {origin: -total, On.PENDING: waiting, On.ACTIVE: total - waiting}
        counts = (qualified_at or occurred_at) if qualifying else None
        entry = page.book(
            kind, request, occurred_at, legs, qualifying=qualifying, qualified_at=counts, **facts
        )
        page.add_lots(entry, parcels, now)
        _pay_debt(page, now)
        return entry


def _pay_debt(page: Page, now: datetime) -> None:
    """Only a wallet in debt needs to be brought up to date now."""
    if page.wallet.debt:
        settle_page(page, now)
        repay(page, now)


def _told(parcels: Sequence[Parcel]) -> list[tuple[int, str]]:
    """What a request says of its parcels; when they count from depends on the day it is sent."""
    return [(parcel.points, str(parcel.expires_at)) for parcel in parcels]
