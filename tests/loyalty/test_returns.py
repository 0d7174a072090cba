"""What is brought back takes its points back, exactly, in any split and order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty import audit, earn_rules, ledger, purchases, returns
from loyalty.counter import NotRecordable
from loyalty.idempotency import KeyReused
from loyalty.models import EarnRule, Entry, PendingReturn, Purchase, Refund, RefundLine, Wallet
from loyalty.purchases import LineData, PurchaseData
from loyalty.returns import ReturnData, ReturnedLine, UnknownPurchase
from profiles.models import Member
from tests.cast import Club
from tests.loyalty.books import MARCH, check_books

START = datetime(2020, 1, 1, tzinfo=UTC)
LATER = MARCH + timedelta(days=2)
CARD = "2000000000017"


def _buy(club: Club, *lines: tuple[str, int, int], number: str = "b-1") -> Purchase:
    told = tuple(LineData(*line) for line in lines)
    data = PurchaseData(number, MARCH, "EUR", told, card=CARD)
    return purchases.record(club.brand, "till-1", data)


def _data(number: str, *lines: ReturnedLine, **facts: Any) -> ReturnData:
    facts = {"purchase_external_id": "b-1", **facts}
    return ReturnData(number, LATER, "EUR", lines, **facts)


def _back(club: Club, number: str, *lines: ReturnedLine, **facts: Any) -> Refund:
    return returns.record(club.brand, "till-1", _data(number, *lines, **facts))


def test_a_part_takes_its_share_of_the_line(club: Club, gloria: Member) -> None:
    _buy(club, ("4711", 2, 1_000), ("4712", 1, 500))
    refund = _back(club, "r-1", ReturnedLine(1, 500, "4711"))
    assert (refund.points_back, ledger.balance(gloria.account)) == (5, 10)
    line = RefundLine.objects.get()
    assert (line.line.product and line.line.product.sku, line.quantity) == ("4711", 1)
    check_books(gloria.account)


def test_what_counted_for_the_tier_is_taken_off_the_purchases_day(
    club: Club, gloria: Member
) -> None:
    EarnRule.objects.create(
        brand=club.brand, family="gift", name="Gift", kind="per_basket", points=30,
        qualifies=False, valid_from=START,
    )  # fmt: skip
    _buy(club, ("4711", 1, 1_000))
    assert _back(club, "r-1", ReturnedLine(1, 1_000, "4711")).points_back == 40
    taken = Entry.objects.get(refund__isnull=False)
    assert (taken.qualifying, taken.qualified_at) == (-10, MARCH)


def test_points_that_were_spent_become_debt(club: Club, gloria: Member) -> None:
    _buy(club, ("4711", 1, 1_000))
    ledger.redeem(gloria.account, 8, "test", "r")
    _back(club, "r-1", ReturnedLine(1, 1_000, "4711"))
    assert Wallet.objects.values_list("active", "debt").get() == (0, 8)
    check_books(gloria.account)


@pytest.mark.parametrize(
    "line",
    [
        ReturnedLine(2, 500, "4711"),
        ReturnedLine(1, 1_001, "4711"),
        ReturnedLine(1, 1_000, "4712"),
        ReturnedLine(1, 1_000, position=7),
        ReturnedLine(0, 0, "4711"),
        ReturnedLine(1, -5, "4711"),
        ReturnedLine(1, 5.0, "4711"),  # type: ignore[arg-type]
    ],
)
def test_more_than_was_bought_writes_nothing(
    club: Club, gloria: Member, line: ReturnedLine
) -> None:
    _buy(club, ("4711", 1, 1_000))
    with pytest.raises(NotRecordable):
        _back(club, "r-1", ReturnedLine(0, 100, "4711"), line)
    assert (Refund.objects.count(), ledger.balance(gloria.account)) == (0, 10)


def test_the_last_piece_comes_back_once(club: Club, gloria: Member) -> None:
    _buy(club, ("4711", 1, 1_000))
    _back(club, "r-1", ReturnedLine(1, 1_000, "4711"))
    with pytest.raises(NotRecordable, match="More is brought back"):
        _back(club, "r-2", ReturnedLine(1, 1_000, "4711"))


def test_the_same_return_twice_is_one(club: Club, gloria: Member) -> None:
    _buy(club, ("4711", 2, 1_000))
    one = ReturnedLine(1, 500, "4711")
    assert _back(club, "r-1", one) == _back(club, "r-1", one)
    assert ledger.balance(gloria.account) == 5
    with pytest.raises(KeyReused):
        _back(club, "r-1", ReturnedLine(1, 400, "4711"))


def test_another_currency_is_refused(club: Club, gloria: Member) -> None:
    _buy(club, ("4711", 1, 1_000))
    data = replace(_data("r-1", ReturnedLine(1, 1_000, "4711")), currency="USD")
    with pytest.raises(NotRecordable, match="another currency"):
        returns.record(club.brand, "till-1", data)


def test_a_return_of_no_known_purchase_is_refused(club: Club, gloria: Member) -> None:
    with pytest.raises(UnknownPurchase):
        _back(club, "r-1", ReturnedLine(1, 1_000, "4711"))
    assert not Refund.objects.exists()


def test_an_article_on_two_lines_fills_one_after_the_other(club: Club, gloria: Member) -> None:
    _buy(club, ("4711", 1, 700), ("4711", 1, 300))
    _back(club, "r-1", ReturnedLine(1, 300, "4711"))
    assert RefundLine.objects.get().line.amount_minor == 300
    _back(club, "r-2", ReturnedLine(1, 700, "4711"))
    assert ledger.balance(gloria.account) == 0


def test_an_offline_return_waits_for_its_purchase(club: Club, gloria: Member) -> None:
    data = _data("r-1", ReturnedLine(1, 500, "4711"))
    first, again = (returns.record_many(club.brand, "till-1", [data])[0] for _ in range(2))
    assert (first.waiting, first.repeated, again.waiting, again.repeated) == (
        True, False, True, True,
    )  # fmt: skip
    _buy(club, ("4711", 2, 1_000))
    assert (Refund.objects.get().points_back, ledger.balance(gloria.account)) == (5, 5)
    assert PendingReturn.objects.get().state == "booked"
    outcome = returns.record_many(club.brand, "till-1", [data])[0]
    assert (outcome.refund, outcome.repeated) == (Refund.objects.get(), True)


def test_a_waiting_return_of_too_much_is_refused_with_its_reason(
    club: Club, gloria: Member
) -> None:
    returns.record_many(club.brand, "till-1", [_data("r-1", ReturnedLine(9, 500, "4711"))])
    _buy(club, ("4711", 2, 1_000))
    pending = PendingReturn.objects.get()
    assert (pending.state, pending.reason) == ("refused", "More is brought back than was bought.")
    assert ledger.balance(gloria.account) == 10


def test_a_return_that_crossed_its_purchase_is_found_later(club: Club, gloria: Member) -> None:
    returns.record_many(club.brand, "till-1", [_data("r-1", ReturnedLine(1, 500, "4711"))])
    PendingReturn.objects.update(purchase_external_id="elsewhere")
    _buy(club, ("4711", 2, 1_000))
    PendingReturn.objects.update(purchase_external_id="b-1")
    assert returns.book_late(club.brand) == 1
    assert returns.book_late(club.brand) == 0
    assert ledger.balance(gloria.account) == 5


def test_a_receipt_from_before_the_switch_goes_by_the_rule_of_its_day(
    club: Club, gloria: Member
) -> None:
    earn_rules.change(EarnRule.objects.get(), MARCH, points=2)
    _buy(club, ("4711", 1, 1_000))
    line = ReturnedLine(1, 700, "4711")
    before = MARCH - timedelta(days=200)
    facts = {"purchase_external_id": "old", "card": CARD, "bought_at": before}
    refund = _back(club, "r-1", line, **facts)
    assert (refund.points_back, refund.purchase) == (7, None)
    assert ledger.balance(gloria.account) == 13
    assert _back(club, "r-1", line, **facts) == refund
    check_books(gloria.account)


lines_bought = st.lists(
    st.tuples(st.sampled_from(["4711", "4712", "none"]), st.integers(1, 5), st.integers(0, 3_000)),
    min_size=1,
    max_size=4,
)
rules = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["per_amount", "per_piece", "per_basket", "multiplier"]),
            "points": st.integers(1, 7),
            "per_minor": st.integers(30, 400),
            "factor_percent": st.integers(101, 400),
            "skus": st.sampled_from([[], ["4711"], ["4712"]]),
            "qualifies": st.booleans(),
        }
    ),
    max_size=3,
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(bought=lines_bought, more=rules, data=st.data())
def test_any_split_takes_back_what_the_full_return_does(
    club: Club, gloria: Member, bought: list[Any], more: list[dict[str, Any]], data: st.DataObject
) -> None:
    number = str(Purchase.objects.count())
    begin = START + timedelta(days=Purchase.objects.count() + 1)
    EarnRule.objects.filter(family__startswith="extra").exclude(lots__isnull=False).delete()
    for index, facts in enumerate(more):
        EarnRule.objects.create(
            brand=club.brand, family=f"extra-{number}-{index}", name="x", valid_from=begin, **facts
        )
    before = ledger.balance(gloria.account)
    _buy(club, *bought, number=number)
    pieces = [piece for at, line in enumerate(bought) for piece in _pieces(data, at, *line[1:])]
    for order, piece in enumerate(data.draw(st.permutations(pieces))):
        _back(club, f"r-{number}-{order}", piece, purchase_external_id=number)
    assert ledger.balance(gloria.account) == before
    mine = Q(purchase__external_id=number) | Q(reverses__purchase__external_id=number)
    told = list(Entry.objects.filter(mine).values_list("qualifying", flat=True))
    assert not sum(told), told
    EarnRule.objects.filter(family__startswith="extra").update(valid_until=begin)


def _pieces(data: st.DataObject, at: int, quantity: int, amount: int) -> list[ReturnedLine]:
    """Cut a line into pieces and amounts that sum to all of it."""
    cuts = data.draw(st.lists(st.integers(0, amount), max_size=2))
    edges = sorted([0, *cuts, amount])
    parts = [after - before for before, after in pairwise(edges)]
    back = [ReturnedLine(0, part, position=at) for part in parts if part]
    return [*back, ReturnedLine(quantity, 0, position=at)]


def test_points_set_aside_meanwhile_pay_what_is_owed_when_they_come_back(
    club: Club, gloria: Member
) -> None:
    _buy(club, ("4711", 1, 3_000))
    held = ledger.hold(gloria.account, 14, "till-1", "h", now=LATER)
    _back(club, "r-1", ReturnedLine(1, 3_000, "4711"))
    wallet = gloria.account.wallet
    assert (wallet.active, wallet.held, wallet.debt) == (0, 14, 14)
    ledger.release(held, "till-1", "back", now=LATER)
    wallet.refresh_from_db()
    assert (wallet.active, wallet.held, wallet.debt) == (0, 0, 0)
    assert list(audit.differences()) == []
