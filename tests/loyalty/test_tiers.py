"""A member's tier, told as worked examples: up at once, down after grace, never by spending."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loyalty import ledger, signals, tiers
from loyalty.models import Tier, TierChange, TierScheme, TierStanding
from profiles.models import Account, Member
from tests import cast

DAY = timedelta(days=1)


def _at(day: str, hour: int = 12) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02}:00:00").replace(tzinfo=UTC)


@pytest.fixture
def scheme(club: cast.Club) -> TierScheme:
    """Silver at 100 and gold at 300 a calendar year; 30 days of grace, a warning 14 days before."""
    for rank, (key, threshold) in enumerate({"base": 0, "silver": 100, "gold": 300}.items()):
        Tier.objects.create(
            brand=club.brand, key=key, rank=rank, threshold=threshold, name={"en": key.title()}
        )
    return TierScheme.objects.create(brand=club.brand)


@pytest.fixture
def ana(club: cast.Club, scheme: TierScheme) -> Account:
    """Ana's account, opened on 10 May 2024."""
    account = cast.ana(club).account
    Account.objects.filter(pk=account.pk).update(opened_at=_at("2024-05-10"))
    account.refresh_from_db()
    return account


def _earn(account: Account, day: str, points: int) -> None:
    at = _at(day)
    parcels = [ledger.Parcel(points, at)]
    ledger.earn(account, parcels, "test", day, occurred_at=at, qualifying=points, now=at)
    tiers.on_earned(account, at)


def _tier(account: Account, day: str, hour: int = 12) -> str:
    standing = tiers.standing(account, _at(day, hour))
    assert standing
    assert standing.tier
    return standing.tier.key


def test_a_tier_is_reached_at_once_and_kept_to_the_end_of_the_next_year(ana: Account) -> None:
    _earn(ana, "2025-03-01", 99)
    assert _tier(ana, "2025-03-01") == "base"
    _earn(ana, "2025-03-02", 21)
    standing = tiers.standing(ana, _at("2025-03-02"))
    assert standing
    assert standing.tier == Tier.objects.get(key="silver")
    assert (standing.counter, standing.next_tier) == (120, Tier.objects.get(key="gold"))
    assert (standing.missing, standing.keep_until) == (180, _at("2027-01-01", 0))
    assert _tier(ana, "2026-12-31") == "silver"


def test_spending_and_lapsing_never_demote(ana: Account) -> None:
    _earn(ana, "2025-03-01", 120)
    ledger.redeem(ana, 120, "test", "r", now=_at("2025-03-02"))
    tiers.refresh(ana, _at("2025-03-02"))
    assert _tier(ana, "2025-03-02") == "silver"


def test_who_earns_too_little_has_a_grace_and_then_goes_down(ana: Account) -> None:
    _earn(ana, "2025-03-01", 120)
    _earn(ana, "2026-06-01", 40)
    standing = tiers.standing(ana, _at("2026-06-01"))
    assert standing
    assert (standing.keep_until, standing.missing_to_keep) == (_at("2027-01-01", 0), 60)
    # Nobody looked on New Year's day; the grace began all the same.
    graced = tiers.standing(ana, _at("2027-01-20"))
    assert graced
    assert graced.tier == standing.tier
    assert graced.grace_until == graced.keep_until == _at("2027-01-31", 0)
    assert graced.missing_to_keep == 100
    assert _tier(ana, "2027-01-30", 23) == "silver"
    assert _tier(ana, "2027-01-31", 0) == "base"
    tiers.recompute(ana.brand, _at("2027-02-10"))
    change = TierChange.objects.get(reason="lapsed")
    assert (change.account, change.at) == (ana, _at("2027-01-31", 0))


def test_who_earns_it_again_during_the_grace_keeps_the_tier(ana: Account) -> None:
    _earn(ana, "2025-03-01", 120)
    tiers.recompute(ana.brand, _at("2027-01-02"))
    assert TierStanding.objects.get(account=ana).grace_until
    _earn(ana, "2027-01-20", 100)
    assert _tier(ana, "2027-02-10") == "silver"
    assert not TierChange.objects.filter(reason="lapsed").exists()


def test_a_member_in_grace_is_warned_once(ana: Account) -> None:
    _earn(ana, "2025-03-01", 120)
    tiers.recompute(ana.brand, _at("2027-01-02"))
    assert not tiers.to_warn(ana.brand, _at("2027-01-16"))
    now = _at("2027-01-17")
    [standing] = tiers.to_warn(ana.brand, now)
    assert tiers.mark_warned(standing, now)
    assert not tiers.mark_warned(standing, now)
    assert not tiers.to_warn(ana.brand, now)


def test_the_days_are_the_brands(ana: Account, scheme: TierScheme) -> None:
    ana.brand.time_zone = "America/New_York"
    ana.brand.save()
    _earn(ana, "2025-03-01", 120)
    standing = tiers.standing(ana, _at("2025-03-01"))
    assert standing
    assert standing.keep_until == _at("2027-01-01", 5)


def test_an_anniversary_year_begins_on_the_day_of_opening(ana: Account, scheme: TierScheme) -> None:
    TierScheme.objects.update(window="anniversary")
    _earn(ana, "2025-05-09", 120)
    _earn(ana, "2025-05-10", 20)
    standing = tiers.standing(ana, _at("2025-05-10"))
    assert standing
    assert (standing.counter, standing.keep_until) == (20, _at("2026-05-10", 0))
    assert _tier(ana, "2026-05-10") == "silver"
    assert _tier(ana, "2026-06-09", 0) == "base"


def test_a_rolling_window_tells_when_points_leave_it(ana: Account, scheme: TierScheme) -> None:
    TierScheme.objects.update(window="rolling", rolling_days=30)
    _earn(ana, "2026-01-01", 70)
    _earn(ana, "2026-01-11", 50)
    standing = tiers.standing(ana, _at("2026-01-12"))
    assert standing
    assert (standing.keep_until, standing.missing_to_keep) == (_at("2026-01-31", 0), 50)
    held = tiers.refresh(ana, _at("2026-01-31"))
    assert held
    assert (held.counter, held.grace_until) == (50, _at("2026-03-02", 0))


def test_a_return_takes_back_what_it_brought(ana: Account) -> None:
    _earn(ana, "2025-03-01", 120)
    entry = ana.wallet.entries.get()
    ledger.reverse(entry, "test", "back", now=_at("2025-03-10"))
    tiers.on_earned(ana, _at("2025-03-10"))
    held = TierStanding.objects.get(account=ana)
    assert (held.counter, held.grace_until) == (0, _at("2025-04-09", 0))


def test_staff_grant_a_tier_until_a_day(ana: Account, club: cast.Club) -> None:
    gold = Tier.objects.get(key="gold")
    now, until = _at("2025-03-01"), _at("2025-06-01", 0)
    with pytest.raises(ValueError, match="reason"):
        tiers.grant(ana, gold, until, " ", club.marketer, now)
    tiers.grant(ana, gold, until, "A complaint", club.marketer, now)
    change = TierChange.objects.get(reason="granted")
    assert (change.to_tier, change.note, change.recorded_by) == (
        gold, "A complaint", club.marketer,
    )  # fmt: skip
    assert _tier(ana, "2025-05-31") == "gold"
    assert _tier(ana, "2025-06-01", 0) == "base"
    tiers.recompute(ana.brand, _at("2025-06-02"))
    assert TierChange.objects.get(reason="grant_over").at == until


def test_a_tier_is_taken_over_with_its_counter_once(ana: Account) -> None:
    silver, now = Tier.objects.get(key="silver"), _at("2025-03-01")
    for _again in range(2):
        ledger.open_balance(
            ana, [], "switch", "ana", occurred_at=now, qualifying=60, qualified_at=now, now=now
        )
        tiers.import_standing(ana, silver, _at("2025-12-31"), now)
    standing = tiers.standing(ana, now)
    assert standing
    assert (standing.tier, standing.counter) == (silver, 60)
    assert TierChange.objects.filter(reason="imported").count() == 1
    _earn(ana, "2025-04-01", 40)
    assert _tier(ana, "2026-12-31") == "silver"


def test_changes_are_told_whoever_finds_them(ana: Account, gloria: Member) -> None:
    told: list[list[Any]] = []

    def hear(changes: Any, **_rest: Any) -> None:
        told.append(list(changes.order_by("account").values_list("account", "to_tier__key")))

    signals.tier_changed.connect(hear)
    try:
        _earn(ana, "2025-03-01", 120)
        tiers.recompute(ana.brand, _at("2025-03-02"))
        tiers.recompute(ana.brand, _at("2025-03-03"))
    finally:
        signals.tier_changed.disconnect(hear)
    assert told == [[(ana.pk, "silver")], [(gloria.account.pk, "base")]]


def test_a_changed_ladder_is_shown_before_it_is_saved(ana: Account, scheme: TierScheme) -> None:
    _earn(ana, "2025-03-01", 120)
    ladder = list(ana.brand.tiers.all())
    assert tiers.preview(scheme, ladder, _at("2025-03-02")) == {}
    ladder[2].threshold = 110
    assert tiers.preview(scheme, ladder, _at("2025-03-02")) == {("silver", "gold"): 1}
    diamond = Tier(brand=ana.brand, key="diamond", rank=3, threshold=115)
    moves = tiers.preview(scheme, [*ladder, diamond], _at("2025-03-02"))
    assert moves == {("silver", "diamond"): 1}
    scheme.grace_days = 0
    assert tiers.preview(scheme, ladder[:2], _at("2027-01-02")) == {("silver", "base"): 1}
    assert _tier(ana, "2025-03-02") == "silver"
