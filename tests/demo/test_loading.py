"""Loading turns households into a club, counts what is wrong, and happens once."""

from typing import Any

import pytest
from django.utils import timezone

from campaigns.models import Campaign
from loyalty.models import (
    Lot,
    Offer,
    Product,
    Purchase,
    PurchaseLine,
    Redemption,
    TierStanding,
    Voucher,
    Wallet,
)
from portal.demo.loading import NotADemo, load_once
from portal.demo.models import DemoLoad
from portal.demo.progress import Progress
from portal.demo.shopping_data import ShoppingData
from profiles.contactability import contactable
from profiles.models import Answer, Brand, ConsentEvent, Member, MemberList

TABLES: list[Any] = [Brand, Member, Purchase, PurchaseLine, Product, Offer, Voucher, Campaign]


def test_lines_without_a_product_are_kept_and_counted(club: DemoLoad, slice_: ShoppingData) -> None:
    lines = PurchaseLine.objects.all()
    assert lines.count() == len(slice_.transactions)
    without = lines.filter(product=None).count()
    assert without == club.facts["dirt"]["lines_without_product"] > 0
    assert lines.filter(quantity__lte=0).count() == club.facts["dirt"]["lines_without_quantity"]


def test_every_targeted_member_may_be_mailed(club: DemoLoad) -> None:
    for campaign in Campaign.objects.select_related("topic"):
        listed = MemberList.objects.get(name=f"Targeted: {campaign.name}")
        members = Member.objects.filter(list_entries__member_list=listed)
        assert members.count() == contactable(members, campaign.topic, timezone.now()).count() > 0


def test_each_consent_has_its_evidence_and_wording(club: DemoLoad) -> None:
    for member in Member.objects.exclude(email=""):
        live = set(member.subscriptions.filter(state="subscribed").values_list("topic", flat=True))
        proof = member.consent_events.filter(purpose="topic", action="granted")
        assert live == set(proof.values_list("topic", flat=True))
    assert not ConsentEvent.objects.filter(wording=None).exists()
    assert Member.objects.filter(tracking="granted", consent_events__action="granted").exists()


def test_households_answered_by_what_they_bought(club: DemoLoad) -> None:
    assert Answer.objects.filter(question__key="aisles").exists()
    assert Answer.objects.filter(question__key="household-size").exists()


def test_purchases_have_earned_points(club: DemoLoad) -> None:
    assert Wallet.objects.filter(active__gt=0).count() > 20
    assert Lot.objects.values("rule").distinct().count() == 3


def test_some_households_have_taken_rewards(club: DemoLoad) -> None:
    assert club.facts["rewards_taken"] == Redemption.objects.count() > 0


def test_households_stand_on_every_tier(club: DemoLoad) -> None:
    assert club.facts["households_on_tiers"] > 20
    assert TierStanding.objects.values("tier").distinct().count() == 3


def test_dates_are_moved_by_the_stored_weeks(club: DemoLoad, slice_: ShoppingData) -> None:
    last = slice_.transactions["transaction_timestamp"].max().to_pydatetime()
    moved = Purchase.objects.latest("occurred_at").occurred_at
    assert (moved.replace(tzinfo=None) - last).days // 7 == club.shift_weeks
    assert moved < timezone.now()


def test_loading_again_changes_nothing(
    club: DemoLoad, slice_: ShoppingData, progress: Progress
) -> None:
    before = [table.objects.count() for table in TABLES]
    assert club.facts["members"] > 20
    assert load_once(progress, slice_) == club
    assert [table.objects.count() for table in TABLES] == before


def test_another_club_is_left_alone(db: None, slice_: ShoppingData, progress: Progress) -> None:
    Brand.objects.create(name="Another", slug="another")
    with pytest.raises(NotADemo):
        load_once(progress, slice_)
    assert not Member.objects.exists()
