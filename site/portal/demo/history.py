"""A year of baskets becomes purchases that have earned their points."""

from collections.abc import Iterator
from typing import Any

from loyalty import earning
from loyalty.history import BasketRow, LineRow, Loaded, ProductRow, StoreRow, load
from portal.demo.categories import department_name
from portal.demo.dates import Shift
from portal.demo.progress import Progress
from portal.demo.shopping_data import Frame, ShoppingData
from profiles.models import Brand

# The till of the replay, so that a replayed redemption can name the basket it belongs to.
SOURCE = "replay"


def load_history(brand: Brand, data: ShoppingData, shift: Shift, progress: Progress) -> Loaded:
    """Load stores, products and baskets; returns the counts, dirt included."""
    return load(
        brand,
        stores=_stores(data.transactions),
        products=_products(data.products),
        baskets=_baskets(data.transactions, shift),
        lines=progress.counted(
            "Loading purchases", _lines(data.transactions), len(data.transactions), "lines"
        ),
        source=SOURCE,
    )


def earn_points(brand: Brand) -> int:
    """Let every purchase earn its points; returns how many did."""
    return earning.earn_in_bulk(brand)


def _stores(transactions: Frame) -> Iterator[StoreRow]:
    for store in sorted(transactions["store_id"].unique().tolist()):
        yield str(store), f"Store {store}"


def _products(products: Frame) -> Iterator[ProductRow]:
    columns = ["product_id", "product_type", "product_category", "department", "brand"]
    table = products[[*columns, "package_size"]].fillna("")
    for sku, kind, category, department, label, size in _rows(table):
        name = kind or category or department
        yield (
            str(sku),
            name.capitalize(),
            department_name(department),
            category.capitalize(),
            label,
            size,
        )


def _baskets(transactions: Frame, shift: Shift) -> Iterator[BasketRow]:
    columns = ["basket_id", "household_id", "store_id", "transaction_timestamp"]
    baskets = transactions[columns].drop_duplicates("basket_id").sort_values(columns[3])
    moments = shift.moments(baskets["transaction_timestamp"].dt.to_pydatetime())
    for row, moment in zip(_rows(baskets[columns[:3]]), moments, strict=True):
        basket, household, store = row
        yield str(basket), str(household), str(store), moment


def _lines(transactions: Frame) -> Iterator[LineRow]:
    cents = {
        "amount": transactions["sales_value"],
        "discount": transactions["retail_disc"]
        + transactions["coupon_disc"]
        + transactions["coupon_match_disc"],
    }
    table = transactions[["basket_id", "product_id", "quantity"]].assign(
        basket_id=transactions["basket_id"].astype(str),
        product_id=transactions["product_id"].astype(str),
        **{name: (amount * 100).round().astype("int64") for name, amount in cents.items()},
    )
    yield from _rows(table)


def _rows(table: Frame) -> Iterator[Any]:
    return zip(*(table[column].tolist() for column in table.columns), strict=True)
