"""Tiers on screens: a ladder in order, and a preview of how many would stand where."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from loyalty import ledger, tiers
from loyalty.models import Tier, TierScheme, TierStanding
from profiles.models import Member, User
from tests.cast import Club
from tests.loyalty.staff import pages
from tests.loyalty.staff.forms import filled

PREVIEW = "loyalty_staff:tier_preview"


@pytest.fixture
def ladder(club: Club) -> list[Tier]:
    """Base and silver, counted over the last year."""
    TierScheme.objects.create(brand=club.brand, window="rolling", rolling_days=3_000)
    steps = (("base", 0, {"en": "Regular"}), ("silver", 100, {"en": "Silver"}))
    return [
        Tier.objects.create(brand=club.brand, key=key, name=name, rank=rank, threshold=threshold)
        for rank, (key, threshold, name) in enumerate(steps)
    ]


def _steps(user: User, query: str = "") -> dict[str, tuple[int, int]]:
    answer = pages.signed_in(user).get(reverse(PREVIEW) + query)
    return {step.name: (step.now, step.then) for step in answer.context["steps"]}


def test_the_preview_tells_who_would_stand_where(
    club: Club, gloria: Member, ladder: list[Tier], manager: User
) -> None:
    _qualify(gloria, 60)
    tiers.recompute(club.brand)
    base, silver = ladder
    assert _steps(manager) == {"Regular": (1, 1), "Silver": (0, 0)}
    lower = f"?t{base.pk}=0&t{silver.pk}=50"
    assert _steps(manager, lower) == {"Regular": (1, 0), "Silver": (0, 1)}
    assert Tier.objects.get(key="silver").threshold == 100
    assert TierStanding.objects.get().tier == base


def test_a_ladder_out_of_order_is_refused(club: Club, ladder: list[Tier], manager: User) -> None:
    base, silver = ladder
    page = pages.text(manager, reverse(PREVIEW) + f"?t{base.pk}=70&t{silver.pk}=70")
    assert "A higher tier needs a higher threshold." in page
    url = reverse("tier:edit", args=[silver.pk])
    client = pages.signed_in(manager)
    answer = client.post(url, {**filled(client, url), "threshold": "0"})
    page = answer.content.decode()
    assert "A higher tier needs a higher threshold." in page
    assert "Constraint" not in page


def test_a_tier_is_changed_with_its_benefits(club: Club, ladder: list[Tier], manager: User) -> None:
    url = reverse("tier:edit", args=[ladder[1].pk])
    client = pages.signed_in(manager)
    changes: dict[str, Any] = {"threshold": "150", "benefits_en": "Coffee on Sundays"}
    client.post(url, {**filled(client, url), **changes})
    silver = Tier.objects.get(key="silver")
    assert (silver.threshold, silver.benefits["en"]) == (150, "Coffee on Sundays")


def test_without_a_ladder_it_says_what_is_missing(club: Club, manager: User, clerk: User) -> None:
    assert "Settle first what counts" in pages.text(manager, reverse(PREVIEW))
    TierScheme.objects.create(brand=club.brand)
    assert "There are no tiers yet." in pages.text(manager, reverse(PREVIEW))
    assert pages.signed_in(clerk).get(reverse(PREVIEW)).status_code == 302


def _qualify(member: Member, points: int) -> None:
    now = timezone.now()
    account = member.account
    ledger.earn(account, [], "test", "q", occurred_at=now, qualifying=points, now=now)
