"""A purchase earns once, by the rule of its day."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from loyalty import ledger, purchases
from loyalty.earning import earn
from loyalty.idempotency import KeyReused
from loyalty.models import EarnRule, Entry, Purchase
from loyalty.signals import purchase_recorded
from profiles.models import Member
from tests.cast import Club
from tests.loyalty.books import MARCH, basket, check_books


def _record(club: Club, **facts: object) -> Purchase:
    return purchases.record(club.brand, "till-1", basket(**facts), "hash")  # type: ignore[arg-type]


def test_a_purchase_of_twelve_euros_earns_twelve_points(club: Club, gloria: Member) -> None:
    purchase = _record(club)
    assert purchase.total_minor == 1200
    assert purchase.member == gloria
    assert ledger.balance(gloria.account) == 12
    check_books(gloria.account)


def test_a_replayed_purchase_earns_once(club: Club, gloria: Member) -> None:
    assert _record(club) == _record(club)
    earn(Purchase.objects.get())
    assert ledger.balance(gloria.account) == 12


def test_the_same_number_with_another_basket_is_refused(club: Club, gloria: Member) -> None:
    _record(club)
    with pytest.raises(KeyReused):
        purchases.record(club.brand, "till-1", basket(euros=99), "other hash")
    assert Purchase.objects.get().total_minor == 1200


def test_a_late_purchase_earns_by_the_rule_of_its_day(club: Club, gloria: Member) -> None:
    from_april = datetime(2026, 4, 1, tzinfo=UTC)
    EarnRule.objects.create(brand=club.brand, name="Double", points=2, valid_from=from_april)
    _record(club, number="late", at=MARCH)
    _record(club, number="new", at=from_april)
    earned = Entry.objects.order_by("occurred_at").values_list("lots__original", flat=True)
    assert list(earned) == [12, 24]


def test_a_purchase_before_any_rule_earns_nothing(club: Club, gloria: Member) -> None:
    _record(club, at=datetime(2019, 12, 31, tzinfo=UTC))
    assert ledger.balance(gloria.account) == 0


def test_another_currency_earns_nothing(club: Club, gloria: Member) -> None:
    club.brand.currency = "USD"
    club.brand.save()
    _record(club)
    assert ledger.balance(gloria.account) == 0


def test_pending_points_can_be_spent_when_their_day_has_come(club: Club, gloria: Member) -> None:
    EarnRule.objects.update(pending_days=14)
    with time_machine.travel(MARCH):
        _record(club, at=MARCH)
    assert ledger.balance(gloria.account, at=MARCH + timedelta(days=13)) == 0
    assert ledger.balance(gloria.account, at=MARCH + timedelta(days=14)) == 12


def test_an_unknown_card_records_nothing(club: Club, gloria: Member) -> None:
    with pytest.raises(purchases.NotRecordable):
        _record(club, card="2000000000000")
    assert not Purchase.objects.exists()


def test_an_article_without_a_catalogue_entry_is_kept(club: Club, gloria: Member) -> None:
    line = purchases.LineData("unheard-of", 2, 350)
    data = purchases.PurchaseData("b-9", MARCH, "EUR", (line,), card="2000000000017")
    purchase = purchases.record(club.brand, "till-1", data, "hash")
    assert purchase.lines.get().product is None
    assert purchase.total_minor == 350


def test_upper_apps_hear_of_a_purchase_and_may_stop_it(club: Club, gloria: Member) -> None:
    def fail(**_news: object) -> None:
        raise RuntimeError

    purchase_recorded.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            _record(club)
    finally:
        purchase_recorded.disconnect(fail)
    assert not Purchase.objects.exists()
