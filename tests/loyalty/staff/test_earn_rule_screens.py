"""Rules of earning: every field on a form, versions instead of edits, absurd ones refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Segment
from loyalty import purchases
from loyalty.models import BonusRule, EarnRule, LoyaltyRules, ReferralRule, ServiceLimits, Tier
from profiles.models import Member, User
from tests.cast import Club
from tests.loyalty import books
from tests.loyalty.staff import pages
from tests.loyalty.staff.forms import filled

ODD_MOMENT = datetime(2026, 1, 1, 8, 30, 12, 345678, tzinfo=UTC)
RULED = (
    "earnrule",
    "bonusrule",
    "referralrule",
    "loyaltyrules",
    "servicelimits",
    "tier",
    "tierscheme",
    "reward",
    "voucherpool",
)


def _rule(club: Club) -> EarnRule:
    return EarnRule.objects.get(brand=club.brand)


def _send(user: User, url: str, **changes: Any) -> Any:
    client = pages.signed_in(user)
    return client.post(url, {**filled(client, url), **changes}, follow=True)


@pytest.mark.parametrize("model", RULED)
def test_managers_see_lists_and_forms_that_clerks_do_not(
    club: Club, manager: User, clerk: User, model: str
) -> None:
    for page in ("index", "add"):
        url = reverse(f"{model}:{page}")
        assert pages.signed_in(manager).get(url).status_code == 200
        assert pages.signed_in(clerk).get(url).status_code == 302


def test_a_rule_that_has_not_paid_can_be_changed(club: Club, manager: User) -> None:
    rule = _rule(club)
    _send(
        manager,
        reverse("earnrule:edit", args=[rule.pk]),
        departments="FOOD\nFISH",
        weekdays=["2", "7"],
        max_per_day="500",
    )
    rule.refresh_from_db()
    assert (rule.departments, rule.weekdays) == (["FOOD", "FISH"], ["2", "7"])
    assert rule.max_per_day == 500


def test_ticked_weekdays_are_ticked_when_the_form_is_opened_again(
    club: Club, manager: User
) -> None:
    rule = _rule(club)
    EarnRule.objects.filter(pk=rule.pk).update(weekdays=["2", "7"])
    client = pages.signed_in(manager)
    assert filled(client, reverse("earnrule:edit", args=[rule.pk]))["weekdays"] == ["2", "7"]


def test_an_absurd_rule_is_refused_with_an_example_and_keeps_what_was_typed(
    club: Club, manager: User
) -> None:
    answer = _send(manager, reverse("earnrule:edit", args=[_rule(club).pk]), points="777")
    page = answer.content.decode()
    assert "A basket of 50.00 EUR would earn 38,850 points, worth 388.50 EUR." in page
    assert 'value="777"' in page
    assert _rule(club).points == 1


def test_what_the_database_refuses_is_told_in_words(club: Club, manager: User) -> None:
    bonus = BonusRule(brand=club.brand, family="hello", name="Hello", occasion="joining", points=50)
    bonus.valid_from = timezone.now()
    bonus.save()
    answer = _send(manager, reverse("bonusrule:edit", args=[bonus.pk]), points="0")
    page = answer.content.decode()
    assert "A bonus has to pay something." in page
    assert "Constraint" not in page


def test_a_version_that_has_paid_keeps_all_but_name_and_end(
    club: Club, gloria: Member, manager: User
) -> None:
    rule = _rule(club)
    EarnRule.objects.filter(pk=rule.pk).update(valid_from=ODD_MOMENT)
    purchases.record_many(club.brand, "till-1", [books.basket("a")])
    url = reverse("earnrule:edit", args=[rule.pk])
    end = timezone.localtime() + timedelta(days=30)
    _send(manager, url, points="2", valid_until=end.strftime("%Y-%m-%d %H:%M"))
    rule = _rule(club)
    assert (rule.points, rule.valid_from) == (1, ODD_MOMENT)
    assert rule.valid_until is not None


def test_the_next_version_begins_tomorrow_in_the_same_family(
    club: Club, gloria: Member, manager: User
) -> None:
    rule = _rule(club)
    purchases.record_many(club.brand, "till-1", [books.basket("a")])
    url = reverse("earnrule:copy", args=[rule.pk])
    assert url in pages.source(manager, reverse("earnrule:edit", args=[rule.pk]))
    _send(manager, url, points="2", family="other")
    last, first = EarnRule.objects.order_by("-pk")
    assert (first.pk, first.points, first.valid_until) == (rule.pk, 1, None)
    assert (last.points, last.family, last.brand) == (2, rule.family, rule.brand)
    assert last.valid_from > timezone.now()
    page = pages.text(manager, reverse("earnrule:edit", args=[rule.pk]))
    assert "Planned" in page
    assert "In force" in page


def test_a_brand_settles_its_worth_limits_and_friends(club: Club, manager: User) -> None:
    brand = str(club.brand.pk)
    _send(manager, reverse("loyaltyrules:add"), brand=brand, return_days="30")
    assert LoyaltyRules.of(club.brand).return_days == 30
    _send(manager, reverse("servicelimits:add"), brand=brand, points_per_day="900")
    assert ServiceLimits.of(club.brand).points_per_day == 900
    add = reverse("referralrule:add")
    when = {"brand": brand, "valid_from": "2026-01-01 00:00"}
    answer = _send(manager, add, **when, referrer_points="100", waiting_days="2")
    assert "Points must wait as long as a purchase can be returned." in answer.content.decode()
    _send(manager, add, **when, referrer_points="100")
    assert ReferralRule.objects.get().referrer_points == 100


def test_tiers_and_segments_are_chosen_by_name(club: Club, manager: User) -> None:
    Tier.objects.create(brand=club.brand, key="gold", name={"en": "Golden"}, rank=1, threshold=9)
    segment = Segment.objects.create(brand=club.brand, name="Cheese lovers")
    rule = _rule(club)
    url = reverse("earnrule:edit", args=[rule.pk])
    page = pages.text(manager, url)
    assert "Golden" in page
    assert "Cheese lovers" in page
    _send(manager, url, tiers=["gold"], segment_id=str(segment.pk))
    rule.refresh_from_db()
    assert (rule.tiers, rule.segment_id) == (["gold"], segment.pk)


def test_a_tier_and_a_segment_that_are_gone_stay_with_the_rule(club: Club, manager: User) -> None:
    rule = _rule(club)
    EarnRule.objects.filter(pk=rule.pk).update(tiers=["old"], segment_id=77)
    _send(manager, reverse("earnrule:edit", args=[rule.pk]), max_per_day="5")
    rule.refresh_from_db()
    assert (rule.tiers, rule.segment_id, rule.max_per_day) == (["old"], 77, 5)
