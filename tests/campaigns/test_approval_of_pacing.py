"""Who is left out, and the hours in which mail goes, are approved; how fast it goes is not."""

from datetime import time
from typing import Any

import pytest

from campaigns import approval
from campaigns.models import Campaign, Segment
from tests import cast


@pytest.fixture
def campaign(club: cast.Club) -> Campaign:
    """Approved as it is."""
    made = cast.campaign(club)
    approval.record_edit(made, club.marketer)
    approval.approve(made, club.approver)
    return made


def _changed(campaign: Campaign, **facts: Any) -> Campaign:
    Campaign.objects.filter(pk=campaign.pk).update(**facts)
    fresh: Campaign = Campaign.objects.get(pk=campaign.pk)
    return fresh


@pytest.mark.parametrize(
    "facts",
    [
        {"at_local_time": True},
        {"window_from": time(0), "window_until": time(12)},
        {"window_days": "12345"},
    ],
)
def test_other_hours_void_the_approval(campaign: Campaign, facts: dict[str, Any]) -> None:
    assert approval.current(_changed(campaign, **facts)) is None


def test_leaving_others_out_voids_the_approval(club: cast.Club, campaign: Campaign) -> None:
    row = {"type": "topic", "value": {"operator": "is", "topic": str(club.wine.pk)}}
    left_out = Segment.objects.create(brand=club.brand, name="Wine", match="all", rules=[row])
    changed = _changed(campaign, excluded_segment=left_out)
    assert approval.current(changed) is None
    approval.approve(changed, club.approver)
    row["value"] = {"operator": "is_not", "topic": str(club.wine.pk)}
    left_out.rules = [row]
    left_out.save()
    assert approval.current(_changed(campaign)) is None


def test_speed_and_trial_are_nobody_s_promise(campaign: Campaign) -> None:
    assert approval.current(_changed(campaign, rate_per_minute=60, first_percent=10))


def test_what_was_approved_before_there_were_hours_still_is(campaign: Campaign) -> None:
    known = {"kind", "topic", "audience", "holdout", "cap", "send_at", "emails", "offers"}
    assert set(approval._content(campaign)) == known
