"""The recorded coupon redemptions, each with the basket it most likely belongs to.

The data give a redemption's day only. Its moment is that of the household's basket of that day in
which a coupon was used, else of any basket of that day; without one, noon. Never before the mail.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from portal.demo.dates import MAIL_HOUR, NOON, Shift
from portal.demo.shopping_data import Frame, ShoppingData


class Basket(NamedTuple):
    """A household's basket of the day: coupons used first, then the earliest."""

    without_coupon: bool
    at: datetime
    number: int
    store: int


@dataclass(frozen=True)
class Redemption:
    """One recorded redemption; ``basket`` and ``store`` are empty when no basket fits."""

    number: int
    household: int
    offer_key: str
    at: datetime
    basket: str
    store: str


def redemptions(data: ShoppingData, shift: Shift) -> Iterator[Redemption]:
    """Yield the redemptions in the order of the data."""
    starts = {row.campaign_id: row.start_date.date() for row in data.campaigns.itertuples()}
    baskets = _baskets(data)
    for number, row in enumerate(data.redemptions.itertuples()):
        day = row.redemption_date.date()
        mailed = datetime.combine(starts[row.campaign_id], MAIL_HOUR)
        basket = min((b for b in baskets[row.household_id, day] if b.at > mailed), default=None)
        yield Redemption(
            number=number,
            household=row.household_id,
            offer_key=f"campaign-{row.campaign_id}-{row.coupon_upc}",
            at=shift.moment(basket.at if basket else datetime.combine(day, NOON)),
            basket=str(basket.number) if basket else "",
            store=str(basket.store) if basket else "",
        )


def _baskets(data: ShoppingData) -> dict[tuple[int, date], list[Basket]]:
    """Return the baskets of redeeming households by household and day."""
    redeeming = data.transactions["household_id"].isin(data.redemptions["household_id"].unique())
    found: dict[tuple[int, date], list[Basket]] = defaultdict(list)
    for row in _summed(data.transactions[redeeming]).itertuples():
        at = row.transaction_timestamp.to_pydatetime()
        basket = Basket(row.coupon_disc <= 0, at, row.basket_id, row.store_id)
        found[row.household_id, at.date()].append(basket)
    return found


def _summed(lines: Frame) -> Frame:
    columns = ["household_id", "basket_id", "store_id", "transaction_timestamp"]
    return lines.groupby(columns)["coupon_disc"].sum().reset_index()
