"""Moving everything a wallet holds to another: a card that is claimed, households that join."""

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
        _move(page, request, now, reason, tuple(-points for points in held))
    return _arrive(
        origin, target, Request(source, f"{key}:in", request.body_hash), now, reason, held
    )


def _arrive(
    origin: Account,
    target: Account,
    request: Request,
    now: datetime,
    reason: str,
    held: tuple[int, int, int, int],
) -> Entry | None:
    wallets = dict(Wallet.objects.filter(account__in=(origin, target)).values_list("account", "pk"))
    gone, kept = wallets[origin.pk], wallets[target.pk]
    Lot.objects.filter(wallet=gone).update(wallet=kept)
    Hold.objects.filter(wallet=gone).update(wallet=kept)
    Wallet.objects.filter(pk=gone).update(moved_to=kept)
    Wallet.objects.filter(pk=kept).update(moved_to=None)
    with opened(target, request, now) as page:
        entry = _move(page, request, now, reason, held)
        _take_over_counter(gone, page, request, now)
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


def _take_over_counter(origin: int, page: Page, request: Request, now: datetime) -> None:
    """What counted towards the origin's tier counts for the target, on the days it did."""
    days = Entry.objects.filter(wallet=origin).exclude(qualifying=0)
    sums = days.order_by("qualified_at").values_list("qualified_at").annotate(Sum("qualifying"))
    for number, (day, points) in enumerate(sums):
        page.book(
            Entry.Kind.MOVE,
            Request(request.source, f"{request.key}:{number}", request.body_hash),
            now,
            {},
            qualifying=points,
            qualified_at=day,
        )
