"""Moving everything a wallet holds to another: a card that is claimed, households that join."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from loyalty.idempotency import body_hash
from loyalty.ledger.opening import opened
from loyalty.ledger.pages import Page
from loyalty.ledger.settling import NOTHING, repay, settle_page
from loyalty.ledger.words import On, Request
from loyalty.models import Entry, Hold, Lot, Wallet
from profiles.models import Account


@transaction.atomic
def transfer(
    origin: Account,
    target: Account,
    source: str,
    key: str,
    *,
    reason: str,
    now: datetime | None = None,
) -> Entry | None:
    """Move points, debt, lots and holds of one account to another; None when there are none.

    Lots keep their dates, and belong to the target from then on: a return of a purchase that
    earned them before is booked there. Raises KeyReused.
    """
    if origin.pk == target.pk:
        raise ValueError("A wallet cannot be moved into itself.")
    now = now or timezone.now()
    # Always in the same order, so that two transfers never wait for each other.
    for account in sorted((origin, target), key=lambda account: account.pk):
        with opened(account, NOTHING, now) as page:
            settle_page(page, now)
    request = Request(source, f"{key}:out", body_hash("transfer", origin.pk, target.pk))
    with opened(origin, request, now) as page:
        if page.earlier:
            return Entry.objects.filter(source=source, idempotency_key=f"{key}:in").first()
        held = (page.wallet.active, page.wallet.pending, page.wallet.held, page.wallet.debt)
        counted = _counted(page.wallet)
        _move(page, request, now, reason, tuple(-points for points in held))
        _count(page, request, now, {day: -points for day, points in counted.items()})
    arriving = Request(source, f"{key}:in", request.body_hash)
    return _arrive(origin, target, arriving, now, reason, held, counted)


def _arrive(
    origin: Account,
    target: Account,
    request: Request,
    now: datetime,
    reason: str,
    held: tuple[int, int, int, int],
    counted: Mapping[datetime, int],
) -> Entry | None:
    wallets = dict(Wallet.objects.filter(account__in=(origin, target)).values_list("account", "pk"))
    gone, kept = wallets[origin.pk], wallets[target.pk]
    Lot.objects.filter(wallet=gone).update(wallet=kept)
    Hold.objects.filter(wallet=gone).update(wallet=kept)
    Wallet.objects.filter(pk=gone).update(moved_to=kept)
    Wallet.objects.filter(pk=kept).update(moved_to=None)
    with opened(target, request, now) as page:
        entry = _move(page, request, now, reason, held)
        _count(page, request, now, counted)
        repay(page, now)
        return entry


def _move(
    page: Page, request: Request, now: datetime, reason: str, held: tuple[int, ...]
) -> Entry | None:
    """Book what a wallet gains; negative numbers leave it."""
    if not any(held):
        return None
    active, pending, set_aside, debt = held
    legs = {On.ACTIVE: active, On.PENDING: pending, On.HELD: set_aside, On.DEBT: -debt}
    legs[On.TRANSFERRED] = -sum(legs.values())
    return page.book(Entry.Kind.MOVE, request, now, legs, reason=reason)


def _counted(wallet: Wallet) -> dict[datetime, int]:
    """What counted towards the wallet's tier, by the moment from which it counts."""
    days = Entry.objects.filter(wallet=wallet).exclude(qualifying=0).order_by("qualified_at")
    sums = days.values_list("qualified_at").annotate(points=Sum("qualifying")).exclude(points=0)
    return {day: points for day, points in sums if day is not None}


def _count(page: Page, request: Request, now: datetime, counted: Mapping[datetime, int]) -> None:
    """What counted for one account counts for the other instead, on the days it did."""
    for number, (day, points) in enumerate(counted.items()):
        page.book(
            Entry.Kind.MOVE,
            Request(request.source, f"{request.key}:{number}", request.body_hash),
            now,
            {},
            qualifying=points,
            qualified_at=day,
        )
