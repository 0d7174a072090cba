"""Who goes first: a trial's few, and during a warm-up those who answered last."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from campaigns import audience
from campaigns.audience import TRIAL_FROM, Frozen
from campaigns.compiled_emails import compile_campaign
from campaigns.models import Campaign, Delivery, SendingRules
from profiles.models import Subscription
from tests import cast
from tests.cast import Club
from tests.faults.crowd import crowd

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)


def _freeze(club: Club, **facts: Any) -> tuple[Campaign, Frozen]:
    campaign = cast.campaign(club, **facts)
    with transaction.atomic():
        return campaign, audience.freeze(campaign, compile_campaign(campaign), NOW)


def _in_wave(campaign: Campaign, wave: int, **facts: Any) -> int:
    return Delivery.objects.filter(campaign=campaign, wave=wave, **facts).count()


def test_the_brand_s_share_goes_first(club: Club) -> None:
    crowd(club, 2_000)
    campaign, frozen = _freeze(club)
    assert frozen == Frozen(rows=2_000, trial=True)
    assert 20 <= _in_wave(campaign, 0, state="planned") <= 60


def test_the_campaign_s_own_share_comes_before_the_brand_s(club: Club) -> None:
    SendingRules.objects.create(brand=club.brand, first_percent=0)
    crowd(club, 1_000)
    campaign, frozen = _freeze(club, first_percent=30)
    assert frozen.trial
    assert 250 <= _in_wave(campaign, 0) <= 350


@pytest.mark.parametrize(("members", "share"), [(TRIAL_FROM - 1, 10), (TRIAL_FROM, 0)])
def test_a_trial_that_would_tell_nothing_is_left_out(club: Club, members: int, share: int) -> None:
    crowd(club, members)
    campaign, frozen = _freeze(club, first_percent=share)
    assert frozen == Frozen(rows=members, trial=False)
    assert _in_wave(campaign, 0) == members


def test_only_those_planned_make_a_trial(club: Club) -> None:
    crowd(club, TRIAL_FROM)
    Subscription.objects.filter(pk=Subscription.objects.latest("pk").pk).delete()
    campaign, frozen = _freeze(club, first_percent=50)
    assert not frozen.trial
    assert _in_wave(campaign, 1) == 0


def test_who_is_held_out_says_nothing_about_who_goes_first(club: Club) -> None:
    crowd(club, 2_000)
    halves = [
        _freeze(club, name=f"Half {n}", first_percent=50, holdout_percent=n)[0] for n in (0, 50)
    ]
    first = Delivery.objects.filter(campaign=halves[1], wave=0, state="planned").count()
    rest = Delivery.objects.filter(campaign=halves[1], wave=1, state="planned").count()
    assert 900 <= first + rest <= 1_100
    assert abs(first - rest) <= 120


def test_a_warm_up_begins_with_those_who_answered_last(club: Club) -> None:
    SendingRules.objects.create(brand=club.brand, warm_up_from=date(2026, 11, 2), warm_up_days=15)
    _answered(club)
    campaign, _frozen = _freeze(club)
    assert _order(campaign) == ["Clicked", "Opened", "New", "Old", "Older"]


def test_without_a_warm_up_nobody_is_sorted(club: Club) -> None:
    SendingRules.objects.create(brand=club.brand, warm_up_from=date(2026, 11, 2), warm_up_days=14)
    _answered(club)
    campaign, _frozen = _freeze(club)
    assert _order(campaign)[0] != "Clicked"


def _answered(club: Club) -> None:
    """Members whose order by answers is not that of their joining."""
    before = cast.campaign(club, name="Before")
    sent = NOW - timedelta(days=10)
    answers: dict[str, dict[str, Any]] = {
        "Older": {"business_at": sent},
        "Old": {"business_at": NOW - timedelta(days=200), "first_clicked_at": NOW},
        "Opened": {"business_at": sent, "first_opened_at": NOW - timedelta(days=3)},
        "Clicked": {
            "business_at": sent,
            "first_opened_at": NOW - timedelta(days=9),
            "first_clicked_at": NOW - timedelta(days=2),
        },
    }
    for days, (name, facts) in enumerate(answers.items()):
        person = cast.member(club, name, created_at=NOW - timedelta(days=300 - days))
        facts |= {"state": "accepted", "accepted_at": sent}
        Delivery.objects.create(campaign=before, member=person, **facts)
    cast.member(club, "New", created_at=NOW)


def _order(campaign: Campaign) -> list[str]:
    rows = Delivery.objects.filter(campaign=campaign).order_by("pk")
    return list(rows.values_list("member__first_name", flat=True))
