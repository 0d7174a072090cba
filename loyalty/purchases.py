"""Recording what a till or shop reports: once per source and number, whatever is repeated."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from loyalty.earning import earn
from loyalty.idempotency import check_same_body
from loyalty.models import Product, Purchase, PurchaseLine
from loyalty.signals import purchase_recorded
from profiles.models import Account, Brand, Card, Member, Store

# Purchases and voucher uses of these sources happened before the club knew of them.
REPLAYED_SOURCES = frozenset({"history", "replay"})


class NotRecordable(ValueError):
    """The card or the store is not one of the brand's, or the basket is empty."""


@dataclass(frozen=True)
class LineData:
    """One article; amounts are what was paid for all of them, in minor units, after discount."""

    sku: str
    quantity: int
    amount_minor: int
    discount_minor: int = 0


@dataclass(frozen=True)
class PurchaseData:
    """A basket as reported. The buyer is known by card or is a member; ``store_code`` may be ""."""

    external_id: str
    occurred_at: datetime
    currency: str
    lines: tuple[LineData, ...]
    card: str = ""
    member: Member | None = None
    store_code: str = ""


def record(brand: Brand, source: str, data: PurchaseData, request_hash: str) -> Purchase:
    """Store a purchase with its lines and let it earn; repeated, return the first one.

    Raises KeyReused when the number came before with another body, and NotRecordable.
    """
    earlier = _find(source, data.external_id, request_hash)
    if earlier:
        return earlier
    try:
        with transaction.atomic():
            return _record(brand, source, data, request_hash)
    except IntegrityError:
        # The same number at the same moment: the other request won.
        earlier = _find(source, data.external_id, request_hash)
        if earlier is None:
            raise
        return earlier


def _find(source: str, external_id: str, request_hash: str) -> Purchase | None:
    earlier = Purchase.objects.filter(source=source, external_id=external_id).first()
    if earlier:
        check_same_body(earlier.request_hash, request_hash)
    return earlier


def _record(brand: Brand, source: str, data: PurchaseData, request_hash: str) -> Purchase:
    if not data.lines:
        raise NotRecordable("A purchase needs at least one line.")
    account, member = _buyer(brand, data)
    purchase = Purchase.objects.create(
        account=account,
        member=member,
        brand=brand,
        store=find_store(brand, data.store_code),
        source=source,
        external_id=data.external_id,
        request_hash=request_hash,
        occurred_at=data.occurred_at,
        currency=data.currency,
        total_minor=sum(line.amount_minor for line in data.lines),
        discount_minor=sum(line.discount_minor for line in data.lines),
    )
    _write_lines(purchase, data.lines)
    earn(purchase)
    purchase_recorded.send(sender=Purchase, purchase=purchase)
    return purchase


def find_store(brand: Brand, code: str) -> Store | None:
    """Return the brand's store of that code, None for no code; NotRecordable when unknown."""
    if not code:
        return None
    store = Store.objects.filter(brand=brand, code=code).first()
    if store is None:
        raise NotRecordable("This store is not known.")
    return store


def _buyer(brand: Brand, data: PurchaseData) -> tuple[Account, Member | None]:
    if data.member:
        return data.member.account, data.member
    cards = Card.objects.select_related("account", "member")
    card = cards.filter(number=data.card, account__brand=brand, blocked_at=None).first()
    if card is None:
        raise NotRecordable("This card is not known.")
    return card.account, card.member


def _write_lines(purchase: Purchase, lines: tuple[LineData, ...]) -> None:
    """Write the lines; an article the catalogue does not know keeps its amount, not its name."""
    products = Product.objects.filter(brand=purchase.brand, sku__in={line.sku for line in lines})
    known = {product.sku: product for product in products}
    PurchaseLine.objects.bulk_create(
        PurchaseLine(
            purchase=purchase,
            product=known.get(line.sku),
            quantity=line.quantity,
            amount_minor=line.amount_minor,
            discount_minor=line.discount_minor,
        )
        for line in lines
    )
