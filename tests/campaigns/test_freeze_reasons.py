"""Each member of the audience is planned, held out or skipped for the first reason that applies."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns import audience, lifecycle
from campaigns.models import Campaign, Delivery, Segment, SendingRules
from profiles import consent, preferences
from profiles.models import Member
from profiles.suppression import suppress
from tests import cast
from tests.cast import Club

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)
ORDER = [
    "no_address",
    "not_active",
    "suppressed",
    "no_consent",
    "paused",
    "excluded",
    "capped",
    "quiet",
    "held_out",
]


@pytest.fixture
def club(db: None) -> Club:
    """The corner shop's club, which gives members two days of rest."""
    made = cast.club()
    SendingRules.objects.create(brand=made.brand, rest_hours=48)
    return made


def _mailed(club: Club, member: Member, hours_ago: int, **facts: Any) -> Delivery:
    name = f"{hours_ago} hours ago"
    made = Campaign.objects.filter(name=name).first() or cast.campaign(club, name=name)
    at = NOW - timedelta(hours=hours_ago)
    facts = {"state": "accepted", "accepted_at": at, "business_at": at, **facts}
    return Delivery.objects.create(campaign=made, member=member, **facts)


def _with_every_reason(club: Club, name: str, first: str) -> Member:
    """A member to whom ``first`` applies and every reason after it."""
    reasons = ORDER[ORDER.index(first) :]
    person = cast.member(club, name, time_zone="UTC", language="es")
    spoil: dict[str, Callable[[], object]] = {
        "no_address": lambda: _set(person, email="", email_key="", email_hash="x"),
        "not_active": lambda: _set(person, status="left"),
        "suppressed": lambda: suppress(f"{name.lower()}@example.com", "request", "test"),
        "no_consent": lambda: consent.withdraw_topic(person, club.offers, "test"),
        "paused": lambda: preferences.pause(person, NOW + timedelta(days=3)),
        "excluded": lambda: _set(person, language="en"),
        "capped": lambda: _set(person, weekly_cap=0),
        "quiet": lambda: _mailed(club, person, 47),
    }
    for reason in reasons[:-1]:
        spoil[reason]()
    return person


def _set(person: Member, **facts: Any) -> None:
    Member.objects.filter(pk=person.pk).update(**facts)


def _english(club: Club) -> Segment:
    row = {"type": "language", "value": {"operator": "is", "language": "en"}}
    return Segment.objects.create(brand=club.brand, name="English", match="all", rules=[row])


def _frozen(club: Club, **facts: Any) -> dict[str, str]:
    """What was decided, by the member's first name."""
    campaign = cast.approved(club, cast.campaign(club, **facts), NOW)
    rows = lifecycle.start(campaign, NOW).deliveries.values_list(
        "member__first_name", "state", "reason"
    )
    return {name: reason or state for name, state, reason in rows}


def test_the_first_reason_counts(club: Club) -> None:
    for reason in ORDER:
        _with_every_reason(club, reason.title(), reason)
    found = _frozen(club, excluded_segment=_english(club), holdout_percent=50)
    held = found.pop("Held_Out")
    assert found == {reason.title(): reason for reason in ORDER[:-1]}
    assert held in ("held_out", "planned")


def test_reasons_add_up_to_the_audience(club: Club) -> None:
    for number in range(60):
        person = cast.member(club, f"M{number}", language="en" if number % 7 == 0 else "es")
        if number % 5 == 0:
            _mailed(club, person, 40)
        if number % 3 == 0:
            suppress(person.email_key, "request", "test")
    campaign = cast.campaign(club, excluded_segment=_english(club), holdout_percent=20)
    foretold = audience.forecast(campaign, NOW)
    started = lifecycle.start(cast.approved(club, campaign, NOW), NOW)
    rows = started.deliveries.values_list("state", "reason")
    assert Counter(reason or state for state, reason in rows) == foretold
    assert sum(foretold.values()) == 60
    assert set(foretold) == {"suppressed", "excluded", "quiet", "held_out", "planned"}


def test_a_recall_knows_neither_cap_nor_rest_but_leaves_out_whom_it_names(club: Club) -> None:
    club = cast.with_service_approver(club)
    _mailed(club, cast.member(club, "Ana", weekly_cap=0, language="es"), 1)
    cast.gloria(club)
    facts = {"kind": "service", "topic": None, "name": "Recall", "excluded_segment": _english(club)}
    assert _frozen(club, **facts) == {"Ana": "planned", "Gloria": "excluded"}


def test_rest_ends(club: Club) -> None:
    for name, hours in {"Ana": 47, "Bo": 48, "Cleo": 1, "Dan": 1}.items():
        state = {"Cleo": "skipped", "Dan": "planned"}.get(name, "accepted")
        _mailed(club, cast.member(club, name), hours, state=state, reason="capped")
    decided = {"Ana": "quiet", "Bo": "planned", "Cleo": "planned", "Dan": "quiet"}
    assert _frozen(club) == decided


def test_a_segment_without_rules_leaves_everyone_out(club: Club) -> None:
    cast.gloria(club)
    everyone = Segment.objects.create(brand=club.brand, name="All", match="all", rules=[])
    assert _frozen(club, excluded_segment=everyone) == {"Gloria": "excluded"}
