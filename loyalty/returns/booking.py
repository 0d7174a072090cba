"""Recording what was brought back: once per source and number, and never more than was bought.

The purchase's row is locked meanwhile, so two returns of the last piece meet there. Points go back
by ``loyalty.returns.shares``; what counted towards the tier is taken off the day of the purchase.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from loyalty import ledger
from loyalty.counter import (
    NotRecordable,
    check_amount,
    check_pieces,
    check_report,
    find_store,
    latest_moment,
)
from loyalty.earn_rules import EARNING_KEY, EARNING_SOURCE
from loyalty.idempotency import check_same_body
from loyalty.models import Entry, LoyaltyRules, Purchase, Refund, RefundLine
from loyalty.returns import legacy
from loyalty.returns.shares import Piece, pieces_of, points_by_lot, spread
from loyalty.returns.words import ReturnData, UnknownPurchase
from loyalty.tiers import on_earned
from profiles.models import Brand

SOURCE = "returns"


def record(
    brand: Brand,
    source: str,
    data: ReturnData,
    request_hash: str = "",
    now: datetime | None = None,
) -> Refund:
    """Store a return and take its points back; repeated, return the first one.

    Raises UnknownPurchase, NotRecordable (nothing is written then) and KeyReused.
    """
    request_hash = request_hash or data.fingerprint
    if earlier := find(source, data, request_hash):
        return earlier
    try:
        with transaction.atomic():
            return book(brand, source, data, request_hash, now or timezone.now())
    except IntegrityError:
        # The same number at the same moment: the other request won.
        if earlier := find(source, data, request_hash):
            return earlier
        raise


def find(source: str, data: ReturnData, request_hash: str) -> Refund | None:
    """What this number recorded before, or None. Raises KeyReused for another body."""
    numbers = {"source": source, "external_id": data.external_id.replace("\x00", "")}
    earlier = Refund.objects.filter(**numbers).first()
    if earlier:
        check_same_body(earlier.request_hash, request_hash)
    return earlier


def book(brand: Brand, source: str, data: ReturnData, request_hash: str, now: datetime) -> Refund:
    """Store a return that is new, in the caller's transaction."""
    _check(brand, data, now)
    purchase = _purchase(brand, source, data)
    refund = Refund(
        brand=brand,
        purchase=purchase,
        store=find_store(brand, data.store_code),
        source=source,
        external_id=data.external_id,
        request_hash=request_hash,
        occurred_at=data.occurred_at,
        currency=data.currency,
        total_minor=sum(line.amount_minor for line in data.lines),
    )
    if purchase is None:
        return legacy.book(refund, data, now)
    if purchase.currency != data.currency:
        raise NotRecordable("The purchase was in another currency.")
    if data.occurred_at < purchase.occurred_at - _skew(brand):
        raise NotRecordable("The return would have been before the purchase.")
    refund.account = purchase.account
    return _book(refund, purchase, spread(data.lines, pieces_of(purchase)), now)


def _book(refund: Refund, purchase: Purchase, pieces: list[Piece], now: datetime) -> Refund:
    key = f"{EARNING_KEY}{purchase.pk}"
    entry = Entry.objects.filter(source=EARNING_SOURCE, idempotency_key=key).first()
    lots, qualifying = points_by_lot(entry, pieces) if entry else ({}, 0)
    refund.points_back = sum(lots.values())
    refund.save()
    RefundLine.objects.bulk_create(
        RefundLine(
            refund=refund, line=piece.line, quantity=piece.quantity, amount_minor=piece.amount
        )
        for piece in pieces
    )
    if entry and lots:
        number = f"refund:{refund.pk}"
        ledger.take_back(entry, lots, SOURCE, number, qualifying=qualifying, refund=refund, now=now)
        on_earned(refund.account, now)
    return refund


def _purchase(brand: Brand, source: str, data: ReturnData) -> Purchase | None:
    """The purchase, locked; None for a receipt from before the switch."""
    rows = Purchase.objects.select_for_update(no_key=True, of=("self",)).select_related("account")
    source = data.purchase_source or source
    found = rows.filter(brand=brand, source=source, external_id=data.purchase_external_id)
    purchase = found.first() if data.purchase_external_id else None
    if purchase is None and data.bought_at is None:
        raise UnknownPurchase("The purchase of this return is not known.")
    return purchase


def _check(brand: Brand, data: ReturnData, now: datetime) -> None:
    if not data.lines:
        raise NotRecordable("A return needs at least one line.")
    if not data.purchase_external_id and data.bought_at is None:
        raise NotRecordable("A return needs its purchase.")
    texts = (data.purchase_external_id, data.purchase_source, data.store_code, data.card)
    check_report(data, latest_moment(brand, now), *texts, *(line.sku for line in data.lines))
    for line in data.lines:
        check_pieces(line.quantity, least=0)
        check_amount(line.amount_minor)
        if not line.quantity and not line.amount_minor:
            raise NotRecordable("A line of a return needs pieces or an amount.")


def _skew(brand: Brand) -> timedelta:
    return timedelta(minutes=LoyaltyRules.of(brand).clock_skew_minutes)
