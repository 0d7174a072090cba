"""Loading years of purchases from another system, as plain rows, in one transaction.

Rows are tuples, so that a million lines cost no object each. Purchases of accounts that the club
does not know, and lines of baskets that were not loaded, are counted and left out; a line whose
article is unknown is kept without one, and counted. Baskets that were loaded before stay as they
are, with their lines, so loading again changes nothing. History earns afterwards, by
``earning.earn_in_bulk``, and sends no signals.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from loyalty.bulk import lock_table, refresh_statistics, reserve_ids, write_rows
from loyalty.models import Offer, OfferProduct, Product, Purchase, PurchaseLine
from profiles.models import Account, Brand, Store

SOURCE = "history"
# Purchases of sources that begin so were paid for elsewhere, before a switch: they never earn.
BEFORE_SWITCH = "before:"

# A row is a store's code and its name;
StoreRow = tuple[str, str]
# an article's number, name, department, category, label and size;
ProductRow = tuple[str, str, str, str, str, str]
# a basket's number, its account's external id, a store's code or "", and an aware moment;
BasketRow = tuple[str, str, str, datetime]
# a line's basket, its article, how many pieces, amount and discount in minor units.
LineRow = tuple[str, str, int, int, int]


@dataclass
class Loaded:
    """What a load did, and what was wrong with the data."""

    stores: int = 0
    products: int = 0
    purchases: int = 0
    lines: int = 0
    baskets_of_unknown_accounts: int = 0
    baskets_loaded_before: int = 0
    lines_without_purchase: int = 0
    lines_without_product: int = 0
    lines_without_quantity: int = 0


@dataclass
class _Basket:
    """A basket on its way in: the number of its row, and its sums so far."""

    pk: int
    row: BasketRow
    total: int = 0
    discount: int = 0
    lines: int = 0


@dataclass
class _Numbers:
    """Primary keys by the names that the other system uses."""

    accounts: dict[str, int]
    stores: dict[str, int]
    products: dict[str, int]
    baskets: dict[str, _Basket] = field(default_factory=dict)


@transaction.atomic
def load(
    brand: Brand,
    *,
    stores: Iterable[StoreRow],
    products: Iterable[ProductRow],
    baskets: Iterable[BasketRow],
    lines: Iterable[LineRow],
    source: str = SOURCE,
) -> Loaded:
    """Load stores, products, baskets and their lines of one brand; returns the counts."""
    # Numbers are looked up before they are written: nobody may write the same ones meanwhile.
    lock_table(Purchase)
    loaded = Loaded(stores=_load_stores(brand, stores), products=_load_products(brand, products))
    numbers = _Numbers(
        dict(Account.objects.filter(brand=brand).values_list("external_id", "pk")),
        dict(Store.objects.filter(brand=brand).values_list("code", "pk")),
        dict(Product.objects.filter(brand=brand).values_list("sku", "pk")),
    )
    numbers.baskets = _new_baskets(source, baskets, numbers, loaded)
    # Lines come first, as they give the baskets their sums; their keys are checked at the end.
    columns = ("purchase", "position", "product", "quantity", "amount_minor", "discount_minor")
    write_rows(PurchaseLine, columns, _lines(lines, numbers, loaded))
    _write_purchases(brand, source, numbers)
    refresh_statistics(Product, Purchase, PurchaseLine)
    return loaded


@transaction.atomic
def load_offer_products(brand: Brand, pairs: Iterable[tuple[str, str]]) -> int:
    """Tie offers (by key) to products (by sku); known pairs stay. Returns how many are new."""
    offers = dict(Offer.objects.filter(brand=brand).values_list("key", "pk"))
    products = dict(Product.objects.filter(brand=brand).values_list("sku", "pk"))
    lock_table(OfferProduct)
    there = set(OfferProduct.objects.filter(offer__brand=brand).values_list("offer", "product"))
    told = {(offers[key], products[sku]) for key, sku in pairs if key in offers and sku in products}
    write_rows(OfferProduct, ("offer", "product"), sorted(told - there))
    return len(told - there)


def _load_stores(brand: Brand, rows: Iterable[StoreRow]) -> int:
    there = set(Store.objects.filter(brand=brand).values_list("code", flat=True))
    new = {code: name for code, name in rows if code not in there}
    write_rows(Store, ("brand", "code", "name"), ((brand.pk, *item) for item in new.items()))
    return len(new)


def _load_products(brand: Brand, rows: Iterable[ProductRow]) -> int:
    there = set(Product.objects.filter(brand=brand).values_list("sku", flat=True))
    new = {row[0]: row for row in rows if row[0] not in there}
    columns = ("brand", "sku", "name", "department", "category", "label", "size")
    write_rows(Product, columns, ((brand.pk, *row) for row in new.values()))
    return len(new)


def _new_baskets(
    source: str, rows: Iterable[BasketRow], numbers: _Numbers, loaded: Loaded
) -> dict[str, _Basket]:
    """Number the baskets that are new and whose account is known."""
    there = set(Purchase.objects.filter(source=source).values_list("external_id", flat=True))
    new: dict[str, BasketRow] = {}
    for row in rows:
        if row[0] in there:
            loaded.baskets_loaded_before += 1
        elif row[1] not in numbers.accounts:
            loaded.baskets_of_unknown_accounts += 1
        else:
            new[row[0]] = row
    loaded.purchases = len(new)
    pks = reserve_ids(Purchase, len(new))
    return {row[0]: _Basket(pk, row) for pk, row in zip(pks, new.values(), strict=True)}


def _lines(
    rows: Iterable[LineRow], numbers: _Numbers, loaded: Loaded
) -> Iterator[tuple[int, int, int | None, int, int, int]]:
    for number, sku, quantity, amount, discount in rows:
        basket = numbers.baskets.get(number)
        if basket is None:
            loaded.lines_without_purchase += 1
            continue
        product = numbers.products.get(sku)
        loaded.lines += 1
        loaded.lines_without_product += product is None
        loaded.lines_without_quantity += quantity <= 0
        basket.total += amount
        basket.discount += discount
        basket.lines += 1
        yield basket.pk, basket.lines - 1, product, quantity, amount, discount


def _write_purchases(brand: Brand, source: str, numbers: _Numbers) -> None:
    now = timezone.now()
    rows = (
        (
            basket.pk,
            numbers.accounts[basket.row[1]],
            brand.pk,
            numbers.stores.get(basket.row[2]),
            source,
            basket.row[0],
            "",
            basket.row[3],
            now,
            brand.currency,
            basket.total,
            basket.discount,
        )
        for basket in numbers.baskets.values()
    )
    write_rows(Purchase, PURCHASE_COLUMNS, rows)


PURCHASE_COLUMNS = (
    "id",
    "account",
    "brand",
    "store",
    "source",
    "external_id",
    "request_hash",
    "occurred_at",
    "recorded_at",
    "currency",
    "total_minor",
    "discount_minor",
)
