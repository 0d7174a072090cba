"""Which coupons of a campaign each household got: at most sixteen.

The data tell who was targeted and what was redeemed, yet not which sixteen of a large campaign's
coupons a household was sent. Redeemed ones come first, as they were certainly sent; then those of
the categories the household had bought most often before the campaign; then the campaign's own
order.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from portal.demo.coupons import Coupon, CouponKey
from portal.demo.shopping_data import Frame, ShoppingData

MOST = 16

Pair = tuple[int, CouponKey]  # household and coupon


def booklets(data: ShoppingData, coupons: dict[CouponKey, Coupon]) -> Iterator[Pair]:
    """Yield what each targeted household holds, campaign by campaign."""
    by_campaign: dict[int, list[CouponKey]] = defaultdict(list)
    for key in coupons:
        by_campaign[key[0]].append(key)
    redeemed, bought = _redeemed(data.redemptions), _bought_by_day(data)
    households = data.targeted.groupby("campaign_id")["household_id"].apply(list).to_dict()
    tastes: dict[int, Counter[str]] = defaultdict(Counter)
    lines = next(bought, None)
    for campaign in data.campaigns.sort_values("start_date").itertuples():
        while lines is not None and lines[0] < campaign.start_date:
            _day, household, category, count = lines
            tastes[household][category] += count
            lines = next(bought, None)
        number = campaign.campaign_id
        for household in households.get(number, []):
            sure = redeemed[household, number]
            for key in _booklet(by_campaign[number], sure, tastes[household], coupons):
                yield household, key


def _booklet(
    keys: list[CouponKey],
    sure: set[CouponKey],
    taste: Counter[str],
    coupons: dict[CouponKey, Coupon],
) -> list[CouponKey]:
    ranked = sorted(keys, key=lambda key: (key not in sure, -taste[coupons[key].category]))
    return ranked[: max(MOST, len(sure))]


def _redeemed(redemptions: Frame) -> dict[tuple[int, int], set[CouponKey]]:
    found: dict[tuple[int, int], set[CouponKey]] = defaultdict(set)
    for row in redemptions.itertuples():
        key = (row.campaign_id, row.coupon_upc)
        found[row.household_id, row.campaign_id].add(key)
    return found


def _bought_by_day(data: ShoppingData) -> Iterator[tuple[Any, int, str, int]]:
    """Yield day by day how many lines of a category a targeted household bought."""
    targeted = data.transactions["household_id"].isin(data.targeted["household_id"].unique())
    lines = data.transactions.loc[targeted, ["household_id", "product_id", "transaction_timestamp"]]
    lines = lines.assign(day=lines["transaction_timestamp"].dt.normalize())
    shelves = data.products[["product_id", "product_category"]].dropna()
    known = lines.merge(shelves, on="product_id")
    counts = known.groupby(["day", "household_id", "product_category"]).size().reset_index(name="n")
    yield from zip(*(counts[column].tolist() for column in counts.columns), strict=True)
