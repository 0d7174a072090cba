"""What the data hold: the dirt is counted, and every redemption follows its mail."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from portal.demo.booklets import MOST, booklets
from portal.demo.coupons import coupons_of
from portal.demo.dates import Shift
from portal.demo.redemptions import redemptions
from portal.demo.report import expected
from portal.demo.shopping_data import ShoppingData
from tests.demo_figures import EXPECTED

SHIFT = Shift(464, ZoneInfo("America/New_York"))


def test_the_dirt_is_counted(year: ShoppingData) -> None:
    dirt = year.dirt
    assert dirt.lines_without_product == 4_836
    assert dirt.lines_without_quantity == 8_869
    assert dirt.duplicate_coupon_rows == 4_872


def test_the_awaited_figures_are_those_of_the_data(year: ShoppingData) -> None:
    assert expected(year) == EXPECTED


def test_every_redemption_follows_its_mail_and_keeps_its_day(year: ShoppingData) -> None:
    starts = {row.campaign_id: row.start_date.date() for row in year.campaigns.itertuples()}
    recorded = list(redemptions(year, SHIFT))
    assert len(recorded) == 2_102
    for redemption, row in zip(recorded, year.redemptions.itertuples(), strict=True):
        assert redemption.at > SHIFT.mail_at(starts[row.campaign_id])
        assert redemption.at.astimezone(SHIFT.zone).date() == SHIFT.day(row.redemption_date.date())


def test_a_basket_before_the_mail_is_not_the_redemptions(slice_: ShoppingData) -> None:
    mailed = slice_.campaigns.set_index("campaign_id")["start_date"]
    first = slice_.redemptions.head(1)
    on_the_first_day = first.assign(redemption_date=mailed[first["campaign_id"].iloc[0]])
    baskets = slice_.transactions.assign(
        transaction_timestamp=on_the_first_day["redemption_date"].iloc[0]
    )
    data = replace(slice_, redemptions=on_the_first_day, transactions=baskets)
    (redemption,) = redemptions(data, SHIFT)
    assert redemption.basket == ""
    assert redemption.at.astimezone(SHIFT.zone).hour == 12


def test_a_household_holds_what_it_redeemed_and_at_most_sixteen(slice_: ShoppingData) -> None:
    coupons = coupons_of(slice_)
    held = set(booklets(slice_, coupons))
    redeemed = {
        (row.household_id, (row.campaign_id, row.coupon_upc))
        for row in slice_.redemptions.itertuples()
    }
    assert redeemed <= held
    sizes: dict[tuple[int, int], int] = {}
    for household, (campaign, _upc) in held:
        sizes[household, campaign] = sizes.get((household, campaign), 0) + 1
    assert max(sizes.values()) == MOST
    targeted = set(
        zip(slice_.targeted["household_id"], slice_.targeted["campaign_id"], strict=True)
    )
    assert sizes.keys() == targeted
