"""Rules that would pay without limit, absurdly or into the past are refused, with an example."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from loyalty import earn_rules, purchases
from loyalty.models import BonusRule, EarnRule, LoyaltyRules
from profiles.models import Member
from tests.cast import Club
from tests.loyalty.books import MARCH, basket

START = datetime(2020, 1, 1, tzinfo=UTC)


def _check(club: Club, **facts: Any) -> str:
    """What full_clean says of such a rule; empty when it may be saved."""
    facts = {"family": "new", "name": "New", "valid_from": START, **facts}
    try:
        EarnRule(brand=club.brand, **facts).full_clean()
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def test_a_hundred_points_a_cent_are_told_by_a_basket(club: Club) -> None:
    told = "A basket of 50.00 EUR would earn 500,000 points, worth 5,000.00 EUR."
    assert _check(club, points=100, per_minor=1) == told


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"kind": "multiplier", "factor_percent": 100_000}, "would earn 50,000 points"),
        ({"kind": "multiplier", "factor_percent": 100}, "more than 100 per cent"),
        ({"kind": "multiplier", "factor_percent": 600}, "needs an end"),
        ({"kind": "per_basket", "points": 500}, "A basket of 0.01 EUR would earn 500 points"),
        ({"kind": "per_basket", "points": 9_000, "max_per_day": 9_000}, "worth 90.00 EUR"),
        ({"kind": "per_piece", "points": 100}, "100 pieces would earn 10,000 points"),
        ({"pending_days": 30, "valid_days": 20}, "before they can be spent"),
        ({"valid_until": START - timedelta(days=1)}, "end before it begins"),
    ],
)
def test_absurd_rules_are_refused(club: Club, facts: dict[str, Any], words: str) -> None:
    assert words in _check(club, **facts)


@pytest.mark.parametrize(
    "facts",
    [
        {"points": 1, "per_minor": 100},
        {"kind": "multiplier", "factor_percent": 300},
        {"kind": "multiplier", "factor_percent": 600, "max_per_purchase": 100},
        {"kind": "per_basket", "points": 500, "min_basket_minor": 2_000},
        {"kind": "per_basket", "points": 500, "max_per_account": 500},
        {"kind": "per_piece", "points": 5},
        {"pending_days": 14, "valid_days": 365},
    ],
)
def test_sensible_rules_pass(club: Club, facts: dict[str, Any]) -> None:
    assert _check(club, **facts) == ""


def test_what_points_are_worth_is_the_brands_to_say(club: Club) -> None:
    LoyaltyRules.objects.create(brand=club.brand, points_value_minor=1)
    assert _check(club, points=10, per_minor=10) == ""


def test_a_version_cannot_begin_where_the_rule_has_paid(club: Club, gloria: Member) -> None:
    purchases.record(club.brand, "till-1", basket(), "hash")
    rule = EarnRule.objects.get()
    with pytest.raises(ValidationError, match="begin later"):
        earn_rules.change(rule, MARCH - timedelta(days=1), points=2)
    with pytest.raises(ValidationError, match="end it later"):
        earn_rules.end(rule, MARCH)


def test_a_bonus_worth_too_much_is_refused(club: Club) -> None:
    rule = BonusRule(
        brand=club.brand,
        family="hello",
        occasion="joining",
        name="Hello",
        points=1_000_000,
        valid_from=START,
    )
    with pytest.raises(ValidationError, match=r"1,000,000 points, worth 10,000.00 EUR"):
        rule.full_clean()
