"""The statement explains every balance, whether or not a job has booked what time changed."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import translation

from loyalty import bonuses, ledger
from loyalty.models import BonusRule, EarnRule
from loyalty.models.earn_rules import words_for
from loyalty.purchases import record
from loyalty.statement import statement
from profiles.models import Member
from tests import cast
from tests.loyalty.books import MARCH, basket, check_books, earn

YEAR = timedelta(days=365)


def _earn(gloria: Member, points: int, *, days: int = 0, key: str = "e") -> None:
    at = MARCH + timedelta(days=days)
    earn(gloria.account, points, key, at, expires_at=at + YEAR)


def test_a_year_of_points(gloria: Member) -> None:
    """Worked example: 100 in March, 50 in April, 70 spent in May; what is left lapses."""
    with time_machine.travel(MARCH):
        _earn(gloria, 100, key="march")
    with time_machine.travel(MARCH + timedelta(days=30)):
        _earn(gloria, 50, days=30, key="april")
    with time_machine.travel(MARCH + timedelta(days=60)):
        ledger.redeem(gloria.account, 70, "test", "may")
    lines = statement(gloria.account, MARCH + YEAR + timedelta(days=30))
    assert [(line.kind, line.points, line.balance) for line in reversed(lines)] == [
        ("earn", 100, 100),
        ("earn", 50, 150),
        ("redeem", -70, 80),
        ("expire", -30, 50),
        ("expire", -50, 0),
    ]


@pytest.mark.parametrize("booked", [True, False])
def test_lapsed_points_are_gone_whether_or_not_a_job_ran(gloria: Member, booked: bool) -> None:
    _earn(gloria, 100)
    after = MARCH + YEAR
    if booked:
        ledger.settle(gloria.account, now=after)
        ledger.settle(gloria.account, now=after)
    assert ledger.balance(gloria.account, at=after) == 0
    assert ledger.balance(gloria.account, at=after - timedelta(microseconds=1)) == 100
    with pytest.raises(ledger.NotEnoughPoints):
        ledger.redeem(gloria.account, 1, "test", "late", now=after)
    first = statement(gloria.account, after)[0]
    assert (first.kind, first.points, first.balance) == ("expire", -100, 0)


def test_nearest_expiry_is_spent_first(gloria: Member) -> None:
    _earn(gloria, 50, days=30, key="lapses later")
    _earn(gloria, 50, days=0, key="lapses first")
    ledger.redeem(gloria.account, 60, "test", "r", now=MARCH + timedelta(days=31))
    assert ledger.balance(gloria.account, at=MARCH + YEAR) == 40
    check_books(gloria.account)


def test_waiting_points_are_told_apart(gloria: Member) -> None:
    due = MARCH + timedelta(days=14)
    with time_machine.travel(MARCH):
        earn(gloria.account, 9, "e", available_at=due)
    lines = statement(gloria.account, due)
    assert [(line.points, line.waiting, line.balance) for line in reversed(lines)] == [
        (0, 9, 0),
        (9, -9, 9),
    ]


def test_a_wallet_that_was_never_opened_has_no_lines(gloria: Member) -> None:
    assert statement(gloria.account) == []
    assert ledger.balance(gloria.account) == 0


def test_a_member_reads_the_rules_in_their_language(club: cast.Club, gloria: Member) -> None:
    rule = EarnRule.objects.get()
    rule.title = {"en": "A point a euro", "es": "Un punto por euro"}
    rule.save()
    BonusRule.objects.create(
        brand=club.brand, family="hello", occasion="joining", name="Hello", points=5,
        title={"es": "Te damos la bienvenida"}, valid_from=MARCH - YEAR,
    )  # fmt: skip
    Member.objects.update(language="es")
    gloria.refresh_from_db()
    record(club.brand, "till-1", basket())
    bonuses.pay(gloria, BonusRule.Occasion.JOINING)
    with translation.override("es"):
        bonus, purchase = statement(gloria.account)
    assert (bonus.title, list(purchase.details)) == (
        "Te damos la bienvenida",
        ["Un punto por euro"],
    )
    with translation.override("fr"):
        assert list(statement(gloria.account)[1].details) == ["A point a euro"]


def test_a_rule_without_words_in_a_language_is_called_by_its_name(gloria: Member) -> None:
    rule = EarnRule(name="A point a euro", title={"es": "Un punto por euro"})
    assert [words_for(rule, code) for code in ("en", "es", "fr")] == [
        "A point a euro",
        "Un punto por euro",
        "A point a euro",
    ]


def test_words_that_are_too_long_are_cut_and_stop_nobody(club: cast.Club, gloria: Member) -> None:
    BonusRule.objects.create(
        brand=club.brand, family="hello", occasion="joining", name="Hello", points=5,
        title={"en": "H" * 400}, valid_from=MARCH - YEAR,
    )  # fmt: skip
    bonuses.pay(gloria, BonusRule.Occasion.JOINING)
    assert statement(gloria.account)[0].title == "H" * 200
