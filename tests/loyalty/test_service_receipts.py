"""Receipts that a till reports after the service desk credited them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from loyalty import audit, ledger, returns
from loyalty.models import WorklistItem
from loyalty.purchases import record, record_many
from loyalty.returns import ReturnData, ReturnedLine
from loyalty.service_desk import Asked, credit_receipt
from loyalty.service_receipts import Receipt, only_total, report_doubles
from profiles.models import Member, Store
from tests import cast
from tests.cast import Club
from tests.loyalty.books import basket
from tests.loyalty.test_service_desk import MONDAY, NOW

MONDAY_EVENING = datetime(2026, 3, 16, 18, tzinfo=UTC)


def _credited(club: Club, gloria: Member, corner: Store, **facts: str) -> None:
    paper = replace(Receipt(corner, MONDAY, "0042", only_total(1200)), **facts)  # type: ignore[arg-type]
    credit_receipt(Asked(club.marketer, "Showed it", "k", NOW), gloria, paper)


def test_a_late_till_is_recorded_and_put_on_the_worklist(
    club: Club, gloria: Member, corner: Store
) -> None:
    _credited(club, gloria, corner)
    assert report_doubles(club.brand, NOW) == 0
    assert ledger.balance(gloria.account) == 12
    late = record(club.brand, "till-1", basket("42", at=MONDAY_EVENING, store_code="01"), now=NOW)
    item = WorklistItem.objects.get()
    assert (item.kind, item.account, item.purchase) == ("duplicate_receipt", gloria.account, late)
    assert report_doubles(club.brand, NOW) == report_doubles(club.brand, NOW) == 1
    assert WorklistItem.objects.get() == item


@pytest.mark.parametrize("store", ["01", ""])
def test_a_late_till_earns_nothing_a_second_time(
    club: Club, gloria: Member, corner: Store, store: str
) -> None:
    _credited(club, gloria, corner)
    outcomes = record_many(
        club.brand,
        "till-1",
        [
            basket("42", at=MONDAY_EVENING, store_code=store),
            basket("43", at=MONDAY_EVENING, store_code=store),
        ],
        now=NOW,
    )
    assert [outcome.points for outcome in outcomes] == [0, 12]
    assert ledger.balance(gloria.account) == 24
    line = ReturnedLine(1, 1_200, "4711")
    back = ReturnData("r-1", MONDAY_EVENING, "EUR", (line,), purchase_external_id="42")
    returns.record(club.brand, "till-1", back)
    assert ledger.balance(gloria.account) == 24
    assert list(audit.differences()) == []


def test_the_same_number_of_somebody_else_earns(club: Club, gloria: Member, corner: Store) -> None:
    _credited(club, cast.bruno(club), corner)
    record(club.brand, "till-1", basket("42", at=MONDAY_EVENING, store_code="01"), now=NOW)
    assert ledger.balance(gloria.account) == 12
    assert WorklistItem.objects.get().kind == "duplicate_receipt"


def test_other_receipts_of_the_day_are_none_of_it(
    club: Club, gloria: Member, corner: Store
) -> None:
    _credited(club, gloria, corner)
    record(club.brand, "till-1", basket("142", at=MONDAY_EVENING, store_code="01"))
    record(club.brand, "till-1", basket("42", at=MONDAY_EVENING + timedelta(days=1)))
    assert report_doubles(club.brand, NOW) == 0


def test_marks_in_a_number_are_no_pattern(club: Club, gloria: Member, corner: Store) -> None:
    _credited(club, gloria, corner, number="A.42/1-b")
    record(club.brand, "till-1", basket("AX42/1-B", at=MONDAY_EVENING))
    assert report_doubles(club.brand, NOW) == 0
    record(club.brand, "till-1", basket("a.42/1-B", at=MONDAY_EVENING))
    assert report_doubles(club.brand, NOW) == 1
