"""A campaign whose time passed while nothing ran asks before it goes."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns import lifecycle, switch
from campaigns.models import Campaign
from tests import cast
from tests.cast import Club

AT_TEN = datetime(2026, 11, 16, 10, tzinfo=UTC)


@pytest.fixture
def club(db: None) -> Club:
    """The corner shop's club, with one member to mail; its clocks show Seville's time."""
    club = cast.club()
    club.brand.time_zone = "Europe/Madrid"
    club.brand.save()
    cast.gloria(club)
    return club


@pytest.fixture
def campaign(club: Club) -> Campaign:
    """Scheduled for ten o'clock in London, eleven in Seville."""
    return cast.approved(club, cast.campaign(club), AT_TEN)


def _overdue(campaign: Campaign) -> Campaign:
    return lifecycle.start(campaign, AT_TEN + timedelta(hours=3))


def test_a_short_delay_is_made_up_for(campaign: Campaign) -> None:
    assert lifecycle.start(campaign, AT_TEN + timedelta(minutes=60)).state == "sending"


def test_a_long_one_asks_in_words_instead_of_firing(campaign: Campaign) -> None:
    overdue = Campaign.objects.get(pk=_overdue(campaign).pk)
    assert (overdue.state, overdue.deliveries.count()) == ("overdue", 0)
    assert "16 November 2026, 11:00" in overdue.state_reason


def test_how_long_is_a_setting(campaign: Campaign, settings: object) -> None:
    settings.REGULARS_PAST_DUE_MINUTES = 240  # type: ignore[attr-defined]
    assert _overdue(campaign).state == "sending"


def test_an_overdue_campaign_is_not_due(campaign: Campaign) -> None:
    _overdue(campaign)
    assert lifecycle.due(AT_TEN + timedelta(hours=3)) == []


def test_it_can_be_started_anyway_and_keeps_its_time(campaign: Campaign) -> None:
    now = AT_TEN + timedelta(hours=3)
    started = Campaign.objects.get(pk=lifecycle.start_anyway(_overdue(campaign), now).pk)
    assert (started.state, started.state_reason) == ("sending", "")
    assert (started.send_at, started.started_at) == (AT_TEN, now)
    assert lifecycle.progress(started) == {"planned": 1}


def test_one_that_was_changed_meanwhile_needs_approval_again(campaign: Campaign) -> None:
    overdue = _overdue(campaign)
    overdue.emails.filter(language="en").update(subject="Another subject")
    started = lifecycle.start_anyway(Campaign.objects.get(pk=overdue.pk))
    assert (started.state, started.deliveries.count()) == ("draft", 0)


def test_only_an_overdue_campaign_can_be_started_anyway(campaign: Campaign) -> None:
    with pytest.raises(lifecycle.NotPossible, match="scheduled"):
        lifecycle.start_anyway(campaign)


def test_it_can_be_given_another_time(campaign: Campaign) -> None:
    tomorrow = AT_TEN + timedelta(days=1)
    again = lifecycle.schedule(_overdue(campaign), tomorrow)
    assert (again.state, again.state_reason) == ("scheduled", "")
    assert lifecycle.start(again, tomorrow).state == "sending"


def test_it_can_be_cancelled(campaign: Campaign) -> None:
    assert lifecycle.cancel(_overdue(campaign)).state == "cancelled"


def test_after_a_long_stop_of_all_sending_it_asks(club: Club, campaign: Campaign) -> None:
    switch.stop(club.marketer, "Wrong prices")
    later = AT_TEN + timedelta(hours=3)
    assert lifecycle.due(later) == []
    switch.release(club.approver, "Right again")
    [late] = lifecycle.due(later)
    assert lifecycle.start(late, later).state == "overdue"


def test_at_local_time_it_is_due_when_its_hour_comes_in_the_first_zone(club: Club) -> None:
    cast.member(club, "Yuki", time_zone="Asia/Tokyo")
    made = cast.campaign(club, name="Everywhere", at_local_time=True)
    scheduled = cast.approved(club, made, AT_TEN)
    in_tokyo = AT_TEN - timedelta(hours=8)
    assert lifecycle.due(in_tokyo - timedelta(seconds=1)) == []
    assert lifecycle.due(in_tokyo) == [scheduled]
    assert lifecycle.start(scheduled, in_tokyo + timedelta(hours=3)).state == "sending"


def test_at_local_time_the_brands_own_hour_says_whether_it_is_too_late(club: Club) -> None:
    cast.member(club, "Yuki", time_zone="Asia/Tokyo")
    made = cast.campaign(club, name="Everywhere", at_local_time=True)
    scheduled = cast.approved(club, made, AT_TEN)
    assert lifecycle.start(scheduled, AT_TEN + timedelta(hours=2)).state == "overdue"
