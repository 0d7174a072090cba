"""One-off bonuses are paid once, whatever is repeated or changed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import Sum

from loyalty import bonuses, ledger
from loyalty.models import BonusRule, Entry, PaidRule
from profiles import double_opt_in, preferences, registration, signed_links
from profiles.models import ImportantDate, Member
from profiles.registration import JoinForm
from tests.cast import Club
from tests.loyalty.books import check_books

START = datetime(2020, 1, 1, tzinfo=UTC)
TODAY = date(2026, 5, 4)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def _rule(club: Club, occasion: str, points: int = 50, **facts: Any) -> BonusRule:
    facts = {"family": occasion, "name": occasion.title(), "valid_from": START, **facts}
    return BonusRule.objects.create(brand=club.brand, occasion=occasion, points=points, **facts)


def _born(member: Member, month: int, day: int) -> None:
    preferences.set_birthday(member, month, day)
    ImportantDate.objects.update(told_at=START)


def _join(club: Club, **facts: Any) -> Member:
    registration.join(club.brand, JoinForm("hugo@example.com", **facts))
    member = Member.objects.get(email_key="hugo@example.com")
    expires_at = datetime.now(UTC) + timedelta(days=1)
    token = signed_links.make(signed_links.CONFIRM, member.pk, expires_at=expires_at)
    double_opt_in.confirm(token)
    return double_opt_in.confirm(token)


def test_joining_pays_once(club: Club) -> None:
    _rule(club, "joining")
    member = _join(club)
    assert ledger.balance(member.account) == 50
    assert Entry.objects.get().reason == "Joining"


def test_nobody_is_paid_before_confirming(club: Club) -> None:
    _rule(club, "answer", question=club.aisles)
    _rule(club, "profile", 20)
    bread = club.aisles.choices.get(key="bread").pk
    registration.join(club.brand, JoinForm("hugo@example.com", answers={club.aisles.pk: [bread]}))
    assert not Entry.objects.exists()


def test_what_was_answered_on_joining_is_paid_then(club: Club) -> None:
    _rule(club, "answer", question=club.aisles)
    _rule(club, "profile", 20)
    bread = club.aisles.choices.get(key="bread").pk
    member = _join(club, answers={club.aisles.pk: [bread]})
    assert ledger.balance(member.account) == 70


def test_a_version_that_has_paid_cannot_be_edited(club: Club) -> None:
    rule = _rule(club, "joining")
    rule.points = 70
    rule.save()  # nobody has had it
    _join(club)
    rule.points = 90
    with pytest.raises(PaidRule):
        rule.save()
    rule.points, rule.name = 70, "Hello"
    rule.save()
    assert BonusRule.objects.get().name == "Hello"


def test_an_answer_pays_once_however_often_it_changes(club: Club, gloria: Member) -> None:
    _rule(club, "answer", question=club.aisles)
    for key in ("bread", "cheese"):
        preferences.answer(gloria, club.aisles, [club.aisles.choices.get(key=key).pk])
        preferences.answer(gloria, club.aisles, [])
    assert ledger.balance(gloria.account) == 50


def test_a_birthday_pays_once_a_year_whatever_happens_to_the_date(
    club: Club, gloria: Member
) -> None:
    _rule(club, "birthday")
    _born(gloria, 5, 4)
    assert bonuses.pay_birthdays(club.brand, TODAY, NOON) == 1
    bonuses.pay_birthdays(club.brand, TODAY, NOON + timedelta(minutes=1))
    _born(gloria, 5, 5)
    bonuses.pay_birthdays(club.brand, TODAY + timedelta(days=1), NOON)
    assert ledger.balance(gloria.account) == 50
    with time_machine.travel(datetime(2027, 5, 5, 12, tzinfo=UTC)):
        bonuses.pay_birthdays(club.brand)
        assert ledger.balance(gloria.account) == 100
    check_books(gloria.account)


def test_a_birthday_is_caught_up_but_not_invented(club: Club, gloria: Member) -> None:
    _rule(club, "birthday")
    _born(gloria, 5, 2)
    bonuses.pay_birthdays(club.brand, TODAY, NOON)
    assert ledger.balance(gloria.account) == 50
    a_year_later = NOON + timedelta(days=365)
    # Told on the fourth, a birthday of the second waits for the next year.
    ImportantDate.objects.update(told_at=a_year_later)
    bonuses.pay_birthdays(club.brand, a_year_later.date(), a_year_later)
    assert Entry.objects.count() == 1


@pytest.mark.parametrize(("year", "day"), [(2027, 28), (2028, 29)])
def test_a_leap_day_is_kept_on_the_28th(club: Club, gloria: Member, year: int, day: int) -> None:
    _rule(club, "birthday")
    _born(gloria, 2, 29)
    bonuses.pay_birthdays(club.brand, date(year, 2, 28), NOON)
    assert Entry.objects.exists() is (day == 28)
    bonuses.pay_birthdays(club.brand, date(year, 2, day), NOON)
    assert Entry.objects.aggregate(points=Sum("lots__original"))["points"] == 50


def test_a_bonus_goes_by_the_version_of_its_day(club: Club, gloria: Member) -> None:
    _rule(club, "joining")
    _rule(club, "joining", 80, valid_from=NOON)
    assert bonuses.pay(gloria, bonuses.Occasion.JOINING, now=NOON) != []
    assert ledger.balance(gloria.account) == 80
    bonuses.pay(gloria, bonuses.Occasion.JOINING, now=NOON - timedelta(days=1))
    assert ledger.balance(gloria.account) == 80


def test_a_bonus_may_count_towards_the_tier(club: Club, gloria: Member) -> None:
    _rule(club, "joining", qualifies=True)
    bonuses.pay(gloria, bonuses.Occasion.JOINING, now=NOON)
    assert Entry.objects.get().qualifying == 50
