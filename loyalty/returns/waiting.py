"""Returns of tills that were offline: each recorded, refused with its reason, or kept waiting.

A return that comes before its purchase is kept, and booked in the transaction that records the
purchase. Should the two have crossed at the same moment, ``book_late`` finds the pair.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from loyalty.counter import NotRecordable
from loyalty.idempotency import KeyReused, check_same_body
from loyalty.models import PendingReturn, Purchase, Refund
from loyalty.returns.booking import book, record
from loyalty.returns.words import Outcome, ReturnData, UnknownPurchase
from profiles.models import Brand

State = PendingReturn.State


def record_many(
    brand: Brand,
    source: str,
    returns: Sequence[ReturnData],
    hashes: Sequence[str] | None = None,
    now: datetime | None = None,
) -> list[Outcome]:
    """Store returns one by one, in the order of their moments; an outcome for each, as given."""
    hashes = hashes or [data.fingerprint for data in returns]
    order = sorted(range(len(returns)), key=lambda index: returns[index].occurred_at)
    found = {i: _record(brand, source, returns[i], hashes[i], now) for i in order}
    return [found[index] for index in range(len(returns))]


def book_waiting(purchases: Sequence[Purchase]) -> int:
    """Book what waited for these purchases, in the caller's transaction; returns how many did."""
    sources: dict[str, list[str]] = {}
    for purchase in purchases:
        sources.setdefault(purchase.source, []).append(purchase.external_id)
    waiting = [
        pending
        for source, numbers in sources.items()
        for pending in PendingReturn.objects.filter(
            state=State.WAITING, purchase_source=source, purchase_external_id__in=numbers
        ).order_by("received_at", "pk")
    ]
    return sum(_book(pending) for pending in waiting)


@transaction.atomic
def book_late(brand: Brand) -> int:
    """Book every waiting return whose purchase is there; returns how many. For a nightly run."""
    there = Purchase.objects.filter(
        brand=brand,
        source=OuterRef("purchase_source"),
        external_id=OuterRef("purchase_external_id"),
    )
    waiting = PendingReturn.objects.filter(Exists(there), brand=brand, state=State.WAITING)
    return sum(_book(pending) for pending in waiting.order_by("received_at", "pk"))


def _record(
    brand: Brand, source: str, data: ReturnData, request_hash: str, now: datetime | None
) -> Outcome:
    number = data.external_id
    try:
        known = Refund.objects.filter(source=source, external_id=number).exists()
        if not known and (pending := _pending(source, data, request_hash)):
            return _again(pending)
        refund = record(brand, source, data, request_hash, now)
        return Outcome(number, refund, repeated=known)
    except UnknownPurchase:
        return _wait(brand, source, data, request_hash)
    except (NotRecordable, KeyReused) as error:
        return Outcome(number, error=error)


def _pending(source: str, data: ReturnData, request_hash: str) -> PendingReturn | None:
    pending = PendingReturn.objects.filter(source=source, external_id=data.external_id).first()
    if pending:
        check_same_body(pending.request_hash, request_hash)
    return pending


def _again(pending: PendingReturn) -> Outcome:
    """The same return once more: it still waits, or was refused when its purchase came."""
    if pending.state == State.REFUSED:
        error = NotRecordable(pending.reason)
        return Outcome(pending.external_id, repeated=True, error=error)
    return Outcome(pending.external_id, repeated=True, waiting=True)


def _wait(brand: Brand, source: str, data: ReturnData, request_hash: str) -> Outcome:
    _pending_return, new = PendingReturn.objects.get_or_create(
        source=source,
        external_id=data.external_id,
        defaults={
            "brand": brand,
            "purchase_source": data.purchase_source or source,
            "purchase_external_id": data.purchase_external_id,
            "request_hash": request_hash,
            "body": data.to_json(),
        },
    )
    return Outcome(data.external_id, waiting=True, repeated=not new)


def _book(pending: PendingReturn) -> int:
    """Book one that waited, or write down why not. The conditional UPDATE lets only one do it."""
    rows = PendingReturn.objects.filter(pk=pending.pk, state=State.WAITING)
    if not rows.update(state=State.BOOKED):
        return 0
    data, now = ReturnData.from_json(pending.body), timezone.now()
    try:
        with transaction.atomic():
            book(pending.brand, pending.source, data, pending.request_hash, now)
    except NotRecordable as error:
        PendingReturn.objects.filter(pk=pending.pk).update(state=State.REFUSED, reason=str(error))
        return 0
    return 1
