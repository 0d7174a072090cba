"""What rules pay: kinds, scopes, times, caps, several at once, and versions of them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from loyalty import earn_rules, earning, purchases
from loyalty.models import EarnBudget, EarnRule, Entry, Lot, PaidRule, Product, Tier, TierChange
from loyalty.purchases import LineData, PurchaseData
from profiles.models import Member
from tests.cast import Club
from tests.loyalty.books import MARCH, check_books

START = datetime(2020, 1, 1, tzinfo=UTC)


def _rule(club: Club, family: str, **facts: Any) -> EarnRule:
    facts = {"name": family, "valid_from": START, **facts}
    return EarnRule.objects.create(brand=club.brand, family=family, **facts)


def _buy(
    club: Club,
    *lines: tuple[str, int, int],
    number: str = "b-1",
    at: datetime = MARCH,
    store: str = "",
) -> dict[str, int]:
    """Record a basket; returns the points by family of the rule."""
    told = tuple(LineData(*line) for line in lines)
    data = PurchaseData(number, at, "EUR", told, card="2000000000017", store_code=store)
    purchase = purchases.record(club.brand, "till-1", data)
    lots = Lot.objects.filter(entry__purchase=purchase)
    check_books(purchase.account) if lots else None
    return dict(lots.values_list("rule__family", "original"))


def _shares(family: str) -> list[list[int]]:
    return list(Lot.objects.get(rule__family=family).shares or [])


def test_points_are_rounded_down_once_over_the_lines(club: Club, gloria: Member) -> None:
    assert _buy(club, ("4711", 1, 150), ("4712", 1, 160)) == {"points": 3}
    assert sum(points for _line, points in _shares("points")) == 3


def test_lines_share_by_largest_remainder(club: Club, gloria: Member) -> None:
    _buy(club, ("4711", 1, 100), ("4712", 1, 100), ("4711", 1, 199))
    # 3 points of 3.99: 0.75, 0.75 and 1.5 of them
    assert _shares("points") == [[0, 1], [1, 1], [2, 1]]


def test_excluded_articles_earn_nothing(club: Club, gloria: Member) -> None:
    Product.objects.filter(sku="4712").update(department="TOBACCO")
    EarnRule.objects.update(excluded_departments=["TOBACCO"])
    assert _buy(club, ("4711", 1, 500), ("4712", 1, 900)) == {"points": 5}
    assert _shares("points") == [[0, 5]]


@pytest.mark.parametrize(
    ("scope", "points"),
    [
        ({"skus": ["4711"]}, 5),
        ({"categories": ["CHEESE"]}, 5),
        ({"labels": ["National"]}, 9),
        ({"departments": ["FOOD"]}, 14),
        ({"skus": ["4711"], "labels": ["National"]}, 14),
        ({"departments": ["FOOD"], "excluded_skus": ["4711"]}, 9),
        ({"skus": ["0000"]}, None),
    ],
)
def test_a_scope_chooses_lines(
    club: Club, gloria: Member, scope: dict[str, Any], points: int | None
) -> None:
    Product.objects.filter(sku="4711").update(category="CHEESE")
    Product.objects.filter(sku="4712").update(label="National")
    _rule(club, "scoped", **scope)
    paid = _buy(club, ("4711", 1, 500), ("4712", 1, 900), ("unknown", 1, 700))
    assert paid.get("scoped") == points


def test_fixed_points_per_piece_article_and_basket(club: Club, gloria: Member) -> None:
    _rule(club, "piece", kind="per_piece", points=2, skus=["4711"])
    _rule(club, "line", kind="per_line", points=7)
    _rule(club, "basket", kind="per_basket", points=50)
    paid = _buy(club, ("4711", 3, 500), ("4712", 1, 900))
    assert paid == {"points": 14, "piece": 6, "line": 14, "basket": 50}
    assert _shares("piece") == [[0, 6]]


def test_multipliers_add_their_extras_up(club: Club, gloria: Member) -> None:
    _rule(club, "double", kind="multiplier", factor_percent=200)
    _rule(club, "triple", kind="multiplier", factor_percent=300)
    # Two and three together are four: the base, one more, two more. What is fixed stays.
    _rule(club, "fixed", kind="per_basket", points=10)
    paid = _buy(club, ("4711", 1, 700))
    assert paid == {"points": 7, "double": 7, "triple": 14, "fixed": 10}


def test_a_multiplier_looks_at_its_own_lines(club: Club, gloria: Member) -> None:
    _rule(club, "bread", kind="multiplier", factor_percent=150, skus=["4712"])
    assert _buy(club, ("4711", 1, 700), ("4712", 1, 500)) == {"points": 12, "bread": 2}


def test_a_smallest_basket_looks_at_all_that_was_paid(club: Club, gloria: Member) -> None:
    _rule(club, "big", kind="per_basket", points=9, min_basket_minor=2_000)
    assert "big" not in _buy(club, ("4711", 1, 1_999))
    assert _buy(club, ("4711", 1, 1_000), ("4712", 1, 1_000), number="b-2")["big"] == 9


@pytest.mark.usefixtures("corner")
def test_a_rule_of_one_store(club: Club, gloria: Member) -> None:
    _rule(club, "corner", stores=["01"])
    assert "corner" not in _buy(club, ("4711", 1, 700))
    assert _buy(club, ("4711", 1, 700), number="b-2", store="01")["corner"] == 7


@pytest.mark.parametrize(
    ("when", "local", "counts"),
    [
        ({"weekdays": ["7"]}, "2026-03-01T00:00", True),  # a Sunday in Madrid, Saturday in UTC
        ({"weekdays": ["7"]}, "2026-03-02T00:00", False),
        ({"date_from": date(2026, 3, 2)}, "2026-03-02T00:00", True),
        ({"date_from": date(2026, 3, 2)}, "2026-03-01T23:59", False),
        ({"date_until": date(2026, 3, 1)}, "2026-03-01T23:59", True),
        ({"date_until": date(2026, 3, 1)}, "2026-03-02T00:00", False),
        ({"hour_from": time(18), "hour_until": time(20)}, "2026-03-01T18:00", True),
        ({"hour_from": time(18), "hour_until": time(20)}, "2026-03-01T20:00", False),
        ({"hour_from": time(22), "hour_until": time(2)}, "2026-03-01T01:59", True),
        ({"hour_from": time(22), "hour_until": time(2)}, "2026-03-01T21:59", False),
    ],
)
def test_days_and_hours_are_those_of_the_brand(
    club: Club, gloria: Member, when: dict[str, Any], local: str, counts: bool
) -> None:
    club.brand.time_zone = "Europe/Madrid"
    club.brand.save()
    _rule(club, "timed", **when)
    at = datetime.fromisoformat(f"{local}+01:00").astimezone(UTC)
    assert ("timed" in _buy(club, ("4711", 1, 700), at=at)) is counts


def test_tiers_and_segments_are_asked_of_who_knows_them(
    club: Club, gloria: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    _rule(club, "gold", tiers=["gold"])
    _rule(club, "wine", segment_id=77)
    monkeypatch.setattr(earning.standing, "_lookups", {})
    assert set(_buy(club, ("4711", 1, 700))) == {"points"}
    asked: list[Any] = []

    def within(segment: int, accounts: Any, at: datetime) -> Any:
        asked.append((segment, at))
        return accounts

    earning.register_tier_lookup(lambda _brand, pairs: ["gold"] * len(pairs))
    earning.register_segment_lookup(within)
    assert set(_buy(club, ("4711", 1, 700), number="b-2")) == {"points", "gold", "wine"}
    assert asked == [(77, datetime(2026, 3, 2, tzinfo=UTC))]


def test_a_late_purchase_goes_by_the_tier_of_its_day(club: Club, gloria: Member) -> None:
    gold = Tier.objects.create(
        brand=club.brand, key="gold", name={"en": "Gold"}, rank=1, threshold=100
    )
    TierChange.objects.create(
        account=gloria.account, to_tier=gold, reason="reached", counter=100, at=MARCH
    )
    _rule(club, "gold", tiers=["gold"])
    assert "gold" in _buy(club, ("4711", 1, 700))
    before = MARCH - timedelta(seconds=1)
    assert "gold" not in _buy(club, ("4711", 1, 700), number="b-2", at=before)


def test_caps_per_purchase_day_and_account(club: Club, gloria: Member) -> None:
    _rule(club, "capped", max_per_purchase=10, max_per_day=15, max_per_account=22)
    days = [MARCH, MARCH, MARCH, MARCH + timedelta(days=1)]
    paid = [_buy(club, ("4711", 1, 1_200), number=str(n), at=at) for n, at in enumerate(days)]
    assert [each.get("capped", 0) for each in paid] == [10, 5, 0, 7]


def test_a_budget_is_paid_out_once(club: Club, gloria: Member) -> None:
    _rule(club, "budget", budget=20)
    paid = [_buy(club, ("4711", 1, 1_200), number=str(n)).get("budget", 0) for n in range(3)]
    assert (paid, EarnBudget.objects.get().paid) == ([12, 8, 0], 20)


def test_a_cap_counts_the_versions_before(club: Club, gloria: Member) -> None:
    rule = _rule(club, "capped", max_per_account=15)
    _buy(club, ("4711", 1, 1_200))
    earn_rules.change(rule, MARCH + timedelta(days=1), points=2)
    later = MARCH + timedelta(days=2)
    assert _buy(club, ("4711", 1, 1_200), number="b-2", at=later)["capped"] == 3


def test_what_does_not_qualify_is_earned_all_the_same(club: Club, gloria: Member) -> None:
    _rule(club, "gift", kind="per_basket", points=50, qualifies=False)
    _buy(club, ("4711", 1, 1_200))
    entry = Entry.objects.get()
    assert (entry.qualifying, entry.qualified_at) == (12, MARCH)


@pytest.mark.parametrize(
    ("lasting", "end"),
    [
        ({}, None),
        ({"valid_days": 10}, "2026-03-12T13:30+01:00"),
        ({"ends_with": "month"}, "2026-04-01T00:00+02:00"),
        ({"valid_days": 365, "ends_with": "quarter"}, "2027-04-01T00:00+02:00"),
        ({"valid_days": 365, "ends_with": "year"}, "2028-01-01T00:00+01:00"),
        ({"pending_days": 30, "ends_with": "month"}, "2026-05-01T00:00+02:00"),
    ],
)
def test_points_end_with_a_day_or_a_period(
    club: Club, gloria: Member, lasting: dict[str, Any], end: str | None
) -> None:
    club.brand.time_zone = "Europe/Madrid"
    club.brand.save()
    EarnRule.objects.update(**lasting)
    _buy(club, ("4711", 1, 700))
    assert Lot.objects.get().expires_at == (end and datetime.fromisoformat(end))


def test_a_change_is_a_new_version_and_the_past_keeps_its_own(club: Club, gloria: Member) -> None:
    rule = EarnRule.objects.get()
    april = datetime(2026, 4, 1, tzinfo=UTC)
    earn_rules.change(rule, april, points=2)
    assert _buy(club, ("4711", 1, 700), number="new", at=april) == {"points": 14}
    assert _buy(club, ("4711", 1, 700), number="late") == {"points": 7}


def test_a_family_that_has_ended_pays_nothing(club: Club, gloria: Member) -> None:
    earn_rules.end(EarnRule.objects.get(), MARCH)
    assert _buy(club, ("4711", 1, 700)) == {}
    assert _buy(club, ("4711", 1, 700), number="b-2", at=MARCH - timedelta(1)) == {"points": 7}


def test_a_version_that_has_paid_cannot_be_edited(club: Club, gloria: Member) -> None:
    rule = EarnRule.objects.get()
    rule.points = 2
    rule.save()  # nobody has earned by it
    _buy(club, ("4711", 1, 700))
    rule.points = 3
    with pytest.raises(PaidRule):
        rule.save()
    rule.points, rule.name = 2, "Two a euro"
    rule.save()
    assert EarnRule.objects.get().name == "Two a euro"
