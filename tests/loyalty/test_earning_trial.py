"""A dry run tells what a rule would have cost, and writes nothing."""

from datetime import UTC, date, datetime, timedelta

from loyalty import purchases
from loyalty.earning.trial import trial
from loyalty.models import EarnRule, Entry
from profiles.models import Member
from tests import cast
from tests.cast import Club
from tests.loyalty.books import MARCH, basket

SPAN = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))


def _shop(club: Club) -> None:
    april = MARCH + timedelta(days=31)
    batch = [basket("a"), basket("b", 20, at=april), basket("too-late", at=SPAN[1])]
    purchases.record_many(club.brand, "till-1", batch)


def test_the_same_rule_makes_no_difference(club: Club, gloria: Member) -> None:
    _shop(club)
    cost = trial(EarnRule.objects.get(), *SPAN)
    assert (cost.points, cost.paid_points, cost.difference) == (32, 32, 0)
    assert (cost.baskets, cost.accounts, cost.worth_minor, cost.currency) == (2, 1, 32, "EUR")


def test_a_change_costs_the_difference_month_by_month(club: Club, gloria: Member) -> None:
    _shop(club)
    before = Entry.objects.count()
    rule = EarnRule.objects.get()
    rule.points, rule.max_per_day = 3, 50
    cost = trial(rule, *SPAN)
    months = {month: (each.points, each.paid_points) for month, each in cost.months.items()}
    assert months == {date(2026, 3, 1): (36, 12), date(2026, 4, 1): (50, 20)}
    assert cost.difference == 54
    assert (Entry.objects.count(), EarnRule.objects.get().points) == (before, 1)


def test_a_new_rule_stands_beside_the_others(club: Club, gloria: Member) -> None:
    cast.bruno(club)
    _shop(club)
    double = EarnRule(
        brand=club.brand, family="double", kind="multiplier", factor_percent=200, valid_from=SPAN[1]
    )
    cost = trial(double, *SPAN)
    assert (cost.points, cost.total_points, cost.difference) == (32, 64, 32)
