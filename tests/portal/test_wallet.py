"""The card tells what there is, what is on its way, what is owed and what the next tier takes."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from loyalty import ledger, tiers
from loyalty.models import Entry, Tier, TierScheme
from profiles.models import Member
from tests import cast
from tests.cast import Club
from tests.portal import links

DAY = timedelta(days=1)


def earn(member: Member, points: int, key: str = "e", **facts: object) -> Entry:
    """One parcel of points, there at once unless told otherwise."""
    now = timezone.now()
    parcel = ledger.Parcel(points, **{"available_at": now, **facts})  # type: ignore[arg-type]
    return ledger.earn(member.account, [parcel], "test", key, occurred_at=now, qualifying=points)


@pytest.fixture
def gloria(club: Club) -> Member:
    """A plain regular."""
    return cast.gloria(club)


@pytest.fixture
def ladder(club: Club) -> list[Tier]:
    """Regular from the start, Vecina from 100 points a year."""
    TierScheme.objects.create(brand=club.brand)
    return [
        Tier.objects.create(brand=club.brand, key=key, name={"en": key}, rank=rank, threshold=need)
        for rank, (key, need) in enumerate([("Regular", 0), ("Vecina", 100)])
    ]


def card(client: Client, member: Member) -> str:
    """The card's page."""
    return client.get(links.card(member)).content.decode()


def test_points_that_wait_are_told_with_their_day(client: Client, gloria: Member) -> None:
    earn(gloria, 40, available_at=timezone.now() + DAY)
    page = card(client, gloria)
    assert '<strong class="numbers">0</strong>' in page
    assert "40 on their way, to spend from tomorrow" in page


def test_next_points_to_expire_are_summed_by_day(client: Client, gloria: Member) -> None:
    ends = (timezone.now() + 3 * DAY).replace(hour=12)
    earn(gloria, 70, "a", expires_at=ends)
    earn(gloria, 50, "b", expires_at=ends)
    earn(gloria, 30, "c", expires_at=ends + DAY)
    assert f"120 points until {ends:%A}" in card(client, gloria)


def test_points_owed_are_told(client: Client, gloria: Member) -> None:
    earn(gloria, 10)
    ledger.redeem(gloria.account, 25, "till", "r", overdraw=True)
    page = card(client, gloria)
    assert "15 points owed" in page
    assert '<strong class="numbers">0</strong>' in page


def test_set_aside_points_are_told(client: Client, gloria: Member) -> None:
    earn(gloria, 30)
    ledger.hold(gloria.account, 20, "shop", "h")
    page = card(client, gloria)
    assert "20 points set aside" in page
    assert '<strong class="numbers">10</strong>' in page


@pytest.mark.usefixtures("ladder")
def test_the_way_to_the_next_tier_is_told(client: Client, gloria: Member) -> None:
    earn(gloria, 58)
    page = card(client, gloria)
    assert "<b>42</b> more points to Vecina." in page
    assert 'stroke-dasharray="58 100"' in page


@pytest.mark.usefixtures("ladder")
def test_the_highest_tier_says_until_when_it_holds(client: Client, gloria: Member) -> None:
    earn(gloria, 120)
    tiers.refresh(gloria.account)
    page = card(client, gloria)
    assert "<h2>Vecina</h2>" in page
    assert "It does not get any higher." in page
    assert f"Yours until Dec. 31, {timezone.now().year + 1}." in page


def test_a_club_without_tiers_shows_none(client: Client, gloria: Member) -> None:
    assert 'class="tier"' not in card(client, gloria)
