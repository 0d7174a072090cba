"""A new sender's first weeks: so many mails a day to each mailbox provider, and not one more."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import QuerySet

from campaigns import dispatch, lifecycle, warm_up
from campaigns.models import Campaign, SendingRules, WarmUpCount
from tests import cast
from tests.cast import Club
from tests.loyalty.threads import at_once

FIRST_DAY = date(2026, 11, 16)
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 16, 23, tzinfo=UTC)  # in Seville
THREADS = 8


def _club() -> Club:
    club = cast.club()
    club.brand.time_zone = "Europe/Madrid"
    club.brand.save()
    return club


def _rules(club: Club, first_day: int = 3, **facts: Any) -> SendingRules:
    facts = {"warm_up_from": FIRST_DAY, "warm_up_days": 10, **facts}
    return SendingRules.objects.create(brand=club.brand, warm_up_first_day=first_day, **facts)


@pytest.fixture
def club(db: None) -> Club:
    """The corner shop's club, in Seville."""
    return _club()


@pytest.fixture
def campaign(club: Club) -> Campaign:
    """A campaign of the club."""
    return cast.campaign(club)


def test_the_cap_grows_by_the_day_and_ends() -> None:
    rules = SendingRules(
        warm_up_from=FIRST_DAY, warm_up_first_day=200, warm_up_growth_percent=50, warm_up_days=4
    )
    caps = [warm_up.cap_on(rules, FIRST_DAY + timedelta(days=n)) for n in range(-1, 5)]
    assert caps == [200, 200, 300, 450, 675, None]


def test_an_established_sender_has_no_cap() -> None:
    assert warm_up.cap_on(SendingRules(), FIRST_DAY) is None


def test_the_steepest_plan_is_more_than_anyone_has_members() -> None:
    rules = SendingRules(warm_up_from=FIRST_DAY, warm_up_growth_percent=300, warm_up_days=90)
    assert warm_up.cap_on(rules, FIRST_DAY + timedelta(days=89)) == warm_up.LARGEST_CAP


@pytest.mark.parametrize(
    ("domain", "provider"),
    [
        ("gmail.com", "Google"),
        ("GoogleMail.com", "Google"),
        ("hotmail.fr", "Microsoft"),
        ("live.com.mx", "Microsoft"),
        ("msn.com", "Microsoft"),
        ("yahoo.co.uk", "Yahoo"),
        ("ymail.com", "Yahoo"),
        ("me.com", "Apple"),
        ("gmx.at", "GMX and WEB.DE"),
        ("web.de", "GMX and WEB.DE"),
        ("esquina.example", "esquina.example"),
        ("live.bbc.com", "live.bbc.com"),
        ("notgmail.com", "notgmail.com"),
        ("yahoo", "yahoo"),
        ("", ""),
    ],
)
def test_a_mail_domain_belongs_to_who_runs_its_mailboxes(domain: str, provider: str) -> None:
    assert warm_up.provider_of(domain) == provider


def test_who_is_over_the_cap_waits_for_the_brands_next_day(club: Club, campaign: Campaign) -> None:
    _rules(club)
    domains = dict.fromkeys(range(1, 6), "gmail.com") | {6: "googlemail.com", 7: "web.de"}
    assert warm_up.postponed(campaign, domains, NOON) == {MIDNIGHT: [4, 5, 6]}
    assert warm_up.postponed(campaign, {8: "gmail.com", 9: "gmx.net"}, NOON) == {MIDNIGHT: [8]}
    told = [(one.provider, one.cap, one.sent) for one in warm_up.today(club.brand, NOON)]
    assert told == [("Google", 3, 3), ("GMX and WEB.DE", 3, 2)]


def test_the_next_day_begins_with_a_larger_cap(club: Club, campaign: Campaign) -> None:
    _rules(club)
    domains = dict.fromkeys(range(9), "gmail.com")
    assert len(warm_up.postponed(campaign, domains, NOON)[MIDNIGHT]) == 6
    [waiting] = warm_up.postponed(campaign, domains, MIDNIGHT).values()
    assert len(waiting) == 9 - 4  # half as many again are 4.5, rounded to even


def test_days_are_counted_apart(club: Club, campaign: Campaign) -> None:
    _rules(club)
    assert warm_up.postponed(campaign, dict.fromkeys(range(3), "gmail.com"), NOON) == {}
    assert warm_up.postponed(campaign, {1: "gmail.com"}, MIDNIGHT) == {}
    assert warm_up.postponed(campaign, {2: "gmail.com"}, NOON) == {MIDNIGHT: [2]}
    assert warm_up.postponed(campaign, dict.fromkeys(range(3), "gmail.com"), MIDNIGHT) == {}


def test_campaigns_of_a_brand_share_its_cap(club: Club, campaign: Campaign) -> None:
    _rules(club)
    warm_up.postponed(campaign, dict.fromkeys(range(3), "gmail.com"), NOON)
    other = cast.campaign(club, name="Another")
    assert warm_up.postponed(other, {9: "gmail.com"}, NOON) == {MIDNIGHT: [9]}


def test_an_established_sender_counts_nothing(campaign: Campaign) -> None:
    assert warm_up.postponed(campaign, {1: "gmail.com"}, NOON) == {}
    assert not WarmUpCount.objects.exists()
    assert warm_up.today(campaign.brand, NOON) == []


def test_a_campaign_sends_up_to_the_cap_and_keeps_the_rest_planned(
    club: Club, settings: Any, tmp_path: Any
) -> None:
    settings.REGULARS_OUTBOX = tmp_path
    today = datetime.now(ZoneInfo("Europe/Madrid")).date()
    _rules(club, first_day=2, warm_up_from=today)
    for number in range(5):
        cast.member(club, f"M{number}", email=f"m{number}@gmail.com")
    cast.gloria(club)
    campaign = lifecycle.start(cast.approved(club, cast.campaign(club)))
    assert dispatch.drain(campaign.pk) == 3
    assert lifecycle.progress(campaign) == {"accepted": 3, "planned": 3}
    assert not lifecycle.is_finished(campaign)
    assert not lifecycle.with_work().exists()
    assert lifecycle.with_work(datetime.now(UTC) + timedelta(days=1)).exists()


def _let_through(campaign: Campaign, number: int) -> int:
    """How many of a worker's mails may go: a few to each of three providers."""
    names = ("gmail.com", "outlook.com", "esquina.example")
    # Workers name the providers in different orders, which must not make them wait in a ring.
    turned = names[number % 3 :] + names[: number % 3]
    domains = dict(enumerate(turned * 10))
    waiting = warm_up.postponed(campaign, domains, NOON)
    return len(domains) - sum(len(ids) for ids in waiting.values())


@pytest.fixture
def shared(transactional_db: None, django_db_serialized_rollback: None) -> Campaign:
    """A campaign of a brand that may send 37 mails to each provider today."""
    club = _club()
    _rules(club, first_day=37)
    return cast.campaign(club)


def _all_together(campaign: Campaign) -> int:
    WarmUpCount.objects.all().delete()
    return sum(at_once(THREADS, lambda number: _let_through(campaign, number)))


def test_workers_together_never_exceed_a_cap(shared: Campaign) -> None:
    assert [_all_together(shared) for _round in range(5)] == [3 * 37] * 5
    assert set(WarmUpCount.objects.values_list("mails", flat=True)) == {37}


def test_without_the_lock_they_would(shared: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor == "sqlite":
        # One writer at a time: the transaction itself is the lock, so there is none to take away.
        assert not connection.features.has_select_for_update
        return
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_options: rows)
    assert max(_all_together(shared) for _round in range(20)) > 3 * 37
