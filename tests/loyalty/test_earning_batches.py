"""Batches of purchases: what is wrong is told, the rest is recorded, nothing twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from loyalty import ledger, purchases
from loyalty.counter import NotRecordable
from loyalty.idempotency import KeyReused
from loyalty.models import Lot, LoyaltyRules, Purchase
from loyalty.purchases import LineData, PurchaseData
from profiles.models import Card, Member
from tests import cast
from tests.cast import Club
from tests.loyalty.books import MARCH, basket, check_books


def _many(club: Club, *data: PurchaseData) -> list[purchases.Outcome]:
    return purchases.record_many(club.brand, "till-1", data)


def test_a_batch_records_what_single_purchases_do(club: Club, gloria: Member) -> None:
    bruno = cast.bruno(club)
    Card.objects.create(account=bruno.account, member=bruno, number="2000000000024")
    batch = [basket("a"), basket("b", 7, card="2000000000024"), basket("c", 0)]
    outcomes = _many(club, *batch)
    assert [one.points for one in outcomes] == [12, 7, 0]
    assert [one.purchase and one.purchase.member for one in outcomes] == [gloria, bruno, gloria]
    assert Lot.objects.filter(shares=[[0, 12]]).count() == 1
    for one in batch:
        assert purchases.record(club.brand, "till-1", one)  # the same, so nothing new
    assert Purchase.objects.count() == 3
    check_books(gloria.account)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"card": "999"}, "card is not known"),
        ({"card": "\x00"}, "no database keeps"),
        ({"store_code": "99"}, "store is not known"),
        ({"lines": ()}, "at least one line"),
        ({"lines": (LineData("4711", 1, -5),)}, "negative"),
        ({"lines": (LineData("4711", 1, 5.0),)}, "whole number of cents"),  # type: ignore[arg-type]
        ({"lines": (LineData("4711", 0, 5),)}, "number of pieces"),
        ({"lines": (LineData("4711", True, 5),)}, "number of pieces"),
        ({"currency": "euro"}, "currency"),
        ({"occurred_at": datetime(2026, 3, 2)}, "time zone"),  # noqa: DTZ001
        ({"external_id": ""}, "number is missing"),
        ({"external_id": "x" * 65}, "too long"),
    ],
)
def test_one_that_is_wrong_is_told_and_the_rest_recorded(
    club: Club, gloria: Member, facts: dict[str, Any], words: str
) -> None:
    outcomes = _many(club, basket("a"), replace(basket("b"), **facts), basket("c"))
    assert [one.points for one in outcomes] == [12, 0, 12]
    assert words in str(outcomes[1].error)
    assert isinstance(outcomes[1].error, NotRecordable)
    assert ledger.balance(gloria.account) == 24


def test_a_blocked_card_is_told(club: Club, gloria: Member) -> None:
    Card.objects.update(blocked_at=MARCH)
    assert str(_many(club, basket())[0].error) == "This card is blocked."


def test_a_clock_may_be_a_little_ahead(club: Club, gloria: Member) -> None:
    LoyaltyRules.objects.create(brand=club.brand, clock_skew_minutes=10)
    with time_machine.travel(MARCH, tick=False):
        near, far = (timezone.now() + timedelta(minutes=minutes) for minutes in (10, 11))
        outcomes = _many(club, basket("a", at=near), basket("b", at=far))
    assert outcomes[0].points == 12
    assert "future" in str(outcomes[1].error)


def test_a_very_late_one_is_recorded(club: Club, gloria: Member) -> None:
    assert _many(club, basket("a", at=datetime(2021, 1, 1, tzinfo=UTC)))[0].points == 12


def test_a_batch_sent_again_changes_nothing(club: Club, gloria: Member) -> None:
    first = _many(club, basket("a"), basket("b"))
    again = _many(club, basket("a"), basket("b", 99), basket("c"))
    assert (again[0].purchase, again[0].points, again[0].repeated) == (first[0].purchase, 12, True)
    assert isinstance(again[1].error, KeyReused)
    assert again[2].points == 12
    assert ledger.balance(gloria.account) == 36


def test_one_that_is_twice_in_a_batch_is_recorded_once(club: Club, gloria: Member) -> None:
    outcomes = _many(club, basket("a"), basket("a"), basket("a", 5))
    assert [one.repeated for one in outcomes] == [False, True, False]
    assert isinstance(outcomes[2].error, KeyReused)
    assert ledger.balance(gloria.account) == 12


def test_caps_go_by_the_moment_not_by_the_order_of_arrival(club: Club, gloria: Member) -> None:
    club.brand.earn_rules.update(max_per_account=15)
    later = MARCH + timedelta(hours=1)
    outcomes = _many(club, basket("late", at=later), basket("early"))
    assert [one.points for one in outcomes] == [3, 12]
