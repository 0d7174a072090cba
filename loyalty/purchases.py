"""Recording what a till or shop reports: once per source and number, whatever is repeated.

A batch is one transaction of a few statements. What cannot be recorded is refused with its reason
while the rest is recorded, so that a till that was offline loses nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils import timezone

from loyalty import service_receipts
from loyalty.bulk import Among, reserve_ids, write_rows
from loyalty.counter import (
    Buyer,
    NotRecordable,
    check_amount,
    check_pieces,
    check_report,
    find_buyers,
    find_store,
    latest_moment,
)
from loyalty.earn_rules import EARNING_SOURCE
from loyalty.earning import earn_batch
from loyalty.earning.baskets import Bought, numbered
from loyalty.earning.earner import Earner
from loyalty.earning.facts import Article
from loyalty.idempotency import KeyReused, check_same_body
from loyalty.models import Lot, Product, Purchase, PurchaseLine
from loyalty.reported import LineData, Outcome, PurchaseData, fingerprint
from loyalty.returns import book_waiting
from loyalty.signals import purchase_recorded
from loyalty.tiers import climb
from profiles.models import Brand, Member, Store

__all__ = [
    "REPLAYED_SOURCES",
    "LineData",
    "NotRecordable",
    "Outcome",
    "PurchaseData",
    "find_store",
    "fingerprint",
    "record",
    "record_many",
]

# Purchases and voucher uses of these sources happened before the club knew of them.
REPLAYED_SOURCES = frozenset({"history", "replay"})
TRIES = 3
PURCHASE_COLUMNS = (
    "id", "account", "member", "brand", "store", "source", "external_id", "request_hash",
    "occurred_at", "recorded_at", "currency", "total_minor", "discount_minor",
)  # fmt: skip
LINE_COLUMNS = ("purchase", "position", "product", "quantity", "amount_minor", "discount_minor")


@dataclass
class _Known:
    """What a batch refers to, each kind found in one query."""

    earlier: dict[str, Purchase]
    buyers: Mapping[str, Buyer]
    members: Mapping[int, int]  # the account each is on
    stores: Mapping[str, int]
    products: Mapping[str, int]
    articles: dict[int, Article]
    latest: datetime


def record(
    brand: Brand,
    source: str,
    data: PurchaseData,
    request_hash: str = "",
    now: datetime | None = None,
) -> Purchase:
    """Store a purchase with its lines and let it earn; repeated, return the first one.

    Raises KeyReused when the number came before with another body, and NotRecordable.
    """
    hashes = [request_hash] if request_hash else None
    outcome = record_many(brand, source, [data], hashes, now)[0]
    if outcome.error:
        raise outcome.error
    if outcome.purchase is None:
        raise NotRecordable("The purchase was not recorded.")
    return outcome.purchase


def record_many(
    brand: Brand,
    source: str,
    purchases: Sequence[PurchaseData],
    hashes: Sequence[str] | None = None,
    now: datetime | None = None,
) -> list[Outcome]:
    """Store purchases with their lines and let them earn; returns an outcome for each, in order.

    ``hashes`` tell whether a number comes again with the same body; they default to
    ``fingerprint`` of each purchase.
    """
    hashes = hashes or [fingerprint(data) for data in purchases]
    for last_try in (False,) * (TRIES - 1) + (True,):
        try:
            with transaction.atomic():
                return _record_many(brand, source, purchases, hashes, now or timezone.now())
        except IntegrityError:
            # The same numbers at the same moment: the other batch won; now they are found.
            if last_try:
                raise
    raise AssertionError


def _record_many(
    brand: Brand,
    source: str,
    purchases: Sequence[PurchaseData],
    hashes: Sequence[str],
    now: datetime,
) -> list[Outcome]:
    known = _look_up(brand, source, purchases, now)
    new: dict[str, tuple[PurchaseData, Purchase]] = {}
    outcomes = []
    for data, request_hash in zip(purchases, hashes, strict=True):
        outcome = _judge(data, request_hash, known)
        if outcome.purchase and not outcome.repeated:
            _fill_in(outcome.purchase, brand, source, request_hash, now)
            new[data.external_id] = (data, outcome.purchase)
            # Coming again in this batch, it is repeated like any other.
            known.earlier[data.external_id] = outcome.purchase
        outcomes.append(outcome)
    _write(brand, list(new.values()), known, now)
    points = _points([outcome.purchase.pk for outcome in outcomes if outcome.purchase])
    return [
        replace(outcome, points=points.get(outcome.purchase.pk, 0)) if outcome.purchase else outcome
        for outcome in outcomes
    ]


def _judge(data: PurchaseData, request_hash: str, known: _Known) -> Outcome:
    """Found before, to be recorded now (an unsaved purchase), or refused."""
    earlier = known.earlier.get(data.external_id)
    try:
        if earlier:
            check_same_body(earlier.request_hash, request_hash)
            return Outcome(data.external_id, earlier, repeated=True)
        return Outcome(data.external_id, _purchase(data, known))
    except (KeyReused, NotRecordable) as error:
        return Outcome(data.external_id, error=error)


def _purchase(data: PurchaseData, known: _Known) -> Purchase:
    _check(data, known.latest)
    buyer = known.buyers.get(data.card, Buyer(refused="This card is not known."))
    if data.member:
        buyer = Buyer(known.members[data.member.pk], data.member.pk)
    if buyer.refused:
        raise NotRecordable(buyer.refused)
    if data.store_code and data.store_code not in known.stores:
        raise NotRecordable("This store is not known.")
    return Purchase(
        account_id=buyer.account,
        member_id=buyer.member,
        store_id=known.stores.get(data.store_code),
        external_id=data.external_id,
        occurred_at=data.occurred_at,
        currency=data.currency,
        total_minor=sum(line.amount_minor for line in data.lines),
        discount_minor=sum(line.discount_minor for line in data.lines),
    )


def _check(data: PurchaseData, latest: datetime) -> None:
    if not data.lines:
        raise NotRecordable("A purchase needs at least one line.")
    check_report(data, latest, data.card, data.store_code, *(line.sku for line in data.lines))
    for line in data.lines:
        check_pieces(line.quantity)
        check_amount(line.amount_minor)
        check_amount(line.discount_minor)


def _fill_in(
    purchase: Purchase, brand: Brand, source: str, request_hash: str, now: datetime
) -> None:
    purchase.brand, purchase.source = brand, source
    purchase.request_hash, purchase.recorded_at = request_hash, now


def _look_up(brand: Brand, source: str, purchases: Sequence[PurchaseData], now: datetime) -> _Known:
    numbers = _clean(data.external_id for data in purchases)
    skus = _clean(line.sku for data in purchases for line in data.lines)
    cards = _clean(data.card for data in purchases if not data.member)
    earlier = Purchase.objects.filter(Among(F("external_id"), numbers), source=source)
    products = Product.objects.filter(Among(F("sku"), skus), brand=brand)
    facts = products.values_list("pk", "sku", "department", "category", "label")
    articles = {pk: Article(*told) for pk, *told in facts}
    return _Known(
        {purchase.external_id: purchase for purchase in earlier},
        find_buyers(brand, cards, now),
        _find_members({data.member.pk for data in purchases if data.member}),
        dict(Store.objects.filter(brand=brand).values_list("code", "pk")),
        {article.sku: pk for pk, article in articles.items()},
        articles,
        latest_moment(brand, now),
    )


def _find_members(members: set[int]) -> dict[int, int]:
    """The accounts of these members, who stay on them until the transaction ends."""
    if not members:
        return {}
    locked = Member.objects.select_for_update(no_key=True).filter(pk__in=members).order_by("pk")
    return dict(locked.values_list("pk", "account_id"))


def _write(
    brand: Brand, new: Sequence[tuple[PurchaseData, Purchase]], known: _Known, now: datetime
) -> None:
    if not new:
        return
    for pk, (_data, purchase) in zip(reserve_ids(Purchase, len(new)), new, strict=True):
        purchase.pk, purchase._state.adding = pk, False
    named: Any = Purchase._meta.get_field
    fields = [named(name).attname for name in PURCHASE_COLUMNS]
    write_rows(
        Purchase,
        PURCHASE_COLUMNS,
        [tuple(getattr(purchase, name) for name in fields) for _data, purchase in new],
    )
    write_rows(PurchaseLine, LINE_COLUMNS, _line_rows(new, known.products))
    purchases = [purchase for _data, purchase in new]
    again = service_receipts.find_repeated(brand, purchases, now)
    _earn(brand, [one for one in new if one[1].pk not in again], known, now)
    if purchase_recorded.has_listeners(Purchase):
        for purchase in purchases:
            purchase_recorded.send(sender=Purchase, purchase=purchase)
    book_waiting(purchases)
    climb(brand, {purchase.account_id for purchase in purchases}, now)


def _line_rows(
    new: Sequence[tuple[PurchaseData, Purchase]], products: Mapping[str, int]
) -> list[tuple[object, ...]]:
    """An article that the catalogue does not know keeps its amount, not its name."""
    return [
        (
            purchase.pk,
            position,
            products.get(line.sku),
            line.quantity,
            line.amount_minor,
            line.discount_minor,
        )
        for data, purchase in new
        for position, line in enumerate(data.lines)
    ]


def _earn(
    brand: Brand, new: Sequence[tuple[PurchaseData, Purchase]], known: _Known, now: datetime
) -> None:
    codes = {pk: code for code, pk in known.stores.items()}
    bought = [
        Bought(
            purchase.pk,
            purchase.account_id,
            purchase.occurred_at,
            codes.get(purchase.store_id or 0, ""),
            numbered(
                (known.products.get(line.sku), line.quantity, line.amount_minor)
                for line in data.lines
            ),
        )
        for data, purchase in new
        if purchase.currency == brand.currency
    ]
    earn_batch(brand, bought, now, earner=Earner(brand, articles=known.articles), fresh=True)


def _points(purchases: Sequence[int]) -> dict[int, int]:
    lots = Lot.objects.filter(
        Among(F("entry__purchase_id"), purchases), entry__source=EARNING_SOURCE
    )
    sums = lots.order_by().values_list("entry__purchase").annotate(points=Sum("original"))
    return dict(sums)


def _clean(texts: object) -> set[str]:
    """Texts that may be asked for: PostgreSQL refuses a NUL even in a question."""
    return {text for text in texts if text and "\x00" not in text}  # type: ignore[attr-defined]
