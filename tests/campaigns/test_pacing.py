"""Mail goes in the campaign's hours, outside the brand's quiet ones, by each member's clock."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from campaigns import audience, lifecycle, pacing
from campaigns.compiled_emails import compile_campaign
from campaigns.models import Campaign, SendingRules
from profiles.time_zones import zone_named
from tests import cast
from tests.cast import Club

# A Monday; Madrid is an hour ahead, New York five behind.
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
MADRID, NEW_YORK, AUCKLAND = "Europe/Madrid", "America/New_York", "Pacific/Auckland"


@pytest.fixture
def club(db: None) -> Club:
    """The corner shop's club, in Madrid."""
    made = cast.club()
    made.brand.time_zone = MADRID
    made.brand.save()
    return made


def _quiet(club: Club) -> SendingRules:
    return SendingRules.objects.create(
        brand=club.brand, quiet_from=time(21), quiet_until=time(9, 30)
    )


def _local(club: Club, **facts: Any) -> Campaign:
    """Approved, to go at ten by each member's clock."""
    ten = datetime(2026, 11, 17, 9, tzinfo=UTC)
    return cast.approved(club, cast.campaign(club, at_local_time=True, **facts), ten)


def test_it_waits_for_the_member_s_morning(club: Club) -> None:
    rules, campaign = _quiet(club), cast.campaign(club)
    assert pacing.opening(campaign, rules, MADRID, NOON) == NOON
    assert pacing.opening(campaign, rules, NEW_YORK, NOON) == NOON + timedelta(hours=2, minutes=30)


def test_a_recall_breaks_quiet_hours_but_keeps_its_own(club: Club) -> None:
    rules = _quiet(club)
    recall = cast.campaign(
        club, kind="service", topic=None, window_from=time(8), window_until=time(9)
    )
    assert pacing.opening(recall, rules, NEW_YORK, NOON) == NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    "zone", ["", "Nowhere/Atall", "../../etc/passwd", "Europe", "\0", "x" * 999]
)
def test_who_lives_nowhere_lives_where_the_brand_does(club: Club, zone: str) -> None:
    rules, campaign = _quiet(club), cast.campaign(club)
    late = NOON + timedelta(hours=8, minutes=30)
    tomorrow = datetime(2026, 11, 17, 8, 30, tzinfo=UTC)
    assert pacing.opening(campaign, rules, zone, late) == tomorrow
    assert zone_named(zone).key == "UTC"


def test_those_who_must_wait_are_told_by_when(club: Club) -> None:
    _quiet(club)
    zones = {1: MADRID, 2: NEW_YORK, 3: "", 4: NEW_YORK, 5: "Nowhere"}
    waiting = pacing.postponed(cast.campaign(club), zones, NOON)
    assert waiting == {NOON + timedelta(hours=2, minutes=30): [2, 4]}


def test_without_hours_nobody_waits(club: Club) -> None:
    assert pacing.postponed(cast.campaign(club), {1: NEW_YORK}, NOON) == {}


def test_hours_that_never_open_are_looked_at_again(club: Club) -> None:
    _quiet(club)
    campaign = cast.campaign(club, window_from=time(22), window_until=time(23))
    assert pacing.postponed(campaign, {1: MADRID}, NOON) == {NOON + pacing.LOOK_AGAIN: [1]}


@pytest.mark.parametrize(
    ("send_at", "zone", "moment"),
    [
        ("2026-11-17T09:00Z", NEW_YORK, "2026-11-17T15:00Z"),
        ("2026-11-17T09:00Z", AUCKLAND, "2026-11-16T21:00Z"),
        ("2026-11-17T09:00Z", "Asia/Kathmandu", "2026-11-17T04:15Z"),
        ("2026-11-17T09:00Z", MADRID, "2026-11-17T09:00Z"),
        ("2026-11-17T09:00Z", "Nowhere", "2026-11-17T09:00Z"),
        # Half past two exists in Madrid, not in New York that night: three o'clock there.
        ("2026-03-08T01:30Z", NEW_YORK, "2026-03-08T07:00Z"),
        # Half past one comes twice in New York that night.
        ("2026-11-01T00:30Z", NEW_YORK, "2026-11-01T05:30Z"),
        # Lord Howe leaves out half an hour, and has one twice.
        ("2026-10-04T00:10Z", "Australia/Lord_Howe", "2026-10-03T15:30Z"),
        ("2026-04-04T23:45Z", "Australia/Lord_Howe", "2026-04-04T14:45Z"),
    ],
)
def test_the_same_clock_time_where_the_member_lives(send_at: str, zone: str, moment: str) -> None:
    found = pacing.local_send_time(datetime.fromisoformat(send_at), MADRID, zone)
    assert found == datetime.fromisoformat(moment)


def test_each_delivery_waits_for_its_member_s_clock(club: Club) -> None:
    homes = {"Ana": "", "Bo": NEW_YORK, "Kiri": AUCKLAND, "Odd": "Nowhere"}
    for name, zone in homes.items():
        cast.member(club, name, time_zone=zone)
    campaign = _local(club)
    starts_at = datetime(2026, 11, 16, 21, tzinfo=UTC)
    assert pacing.starts_at(campaign) == starts_at
    started = lifecycle.start(campaign, starts_at)
    rows = started.deliveries.values_list("member__first_name", "not_before", "business_at")
    at_ten = {"Kiri": 0, "Ana": 12, "Odd": 12, "Bo": 18}
    assert {name: at for name, at, _ in rows} == {
        name: starts_at + timedelta(hours=hours) for name, hours in at_ten.items()
    }
    assert all(at == business_at for _, at, business_at in rows)


def test_who_is_past_the_time_already_gets_it_at_once(club: Club) -> None:
    cast.member(club, "Kiri", time_zone=AUCKLAND)
    campaign, now = _local(club), datetime(2026, 11, 17, 8, tzinfo=UTC)
    with transaction.atomic():
        audience.freeze(campaign, compile_campaign(campaign), now)
    assert campaign.deliveries.get().not_before == now


def test_it_starts_no_earlier_than_anyone_needs(club: Club) -> None:
    cast.member(club, "Bo", time_zone=NEW_YORK)
    campaign = _local(club)
    assert pacing.starts_at(campaign) == campaign.send_at
    assert pacing.starts_at(cast.campaign(club, name="Some day")) is None


def test_a_zone_that_nobody_knows_is_refused_where_it_is_edited(club: Club) -> None:
    club.brand.time_zone = "Europe/Sevilla"
    with pytest.raises(ValidationError, match="is not a time zone"):
        club.brand.full_clean()
    with pytest.raises(ValidationError, match="is not a time zone"):
        cast.member(club, "Ana", time_zone="CET+1").full_clean()
