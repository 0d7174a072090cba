"""The campaign page while it sends: what is in each state, how fast, what it waits for."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from campaigns import lifecycle, staff_roles
from campaigns.models import Campaign, Delivery
from campaigns.staff import rate
from campaigns.staff.durations import clock, in_words
from campaigns.staff.urls import overview_url, progress_url
from tests import cast
from tests.campaigns.staff.pages import signed_in, text
from tests.campaigns.walking import walk
from tests.cast import Club


@pytest.fixture(autouse=True)
def _nothing_counted_yet() -> None:
    cache.clear()


@pytest.fixture
def campaign(club: Club) -> Campaign:
    """A campaign to ten members, being sent."""
    for number in range(10):
        cast.member(club, f"Member{number}")
    return lifecycle.start(cast.approved(club, cast.campaign(club, cast.offer(club))))


def _put(campaign: Campaign, state: str, number: int, **facts: Any) -> None:
    planned = campaign.deliveries.filter(state="planned", wave=facts.get("wave", 0))
    ids = list(planned.order_by("pk").values_list("pk", flat=True)[:number])
    walk(Delivery.objects.filter(pk__in=ids), state, **facts)


def _overview(club: Club, campaign: Campaign) -> str:
    return text(club.marketer, overview_url(campaign))


def test_every_delivery_is_in_one_of_eight_numbers(club: Club, campaign: Campaign) -> None:
    for state, number in {"accepted": 3, "claimed": 1, "handing_off": 1, "unknown": 1}.items():
        _put(campaign, state, number)
    _put(campaign, "deferred", 1, deferred_until=timezone.now())
    page = _overview(club, campaign)
    assert "4 of 10 mails have an outcome, 40.0 %" in page
    for label, shown in [("To go", "3"), ("In hand", "2"), ("Held out", "0")]:
        assert f"<dt>{label}</dt> <dd>{shown} " in page


def test_the_fragment_asks_for_itself_and_is_nobodys_to_keep(
    club: Club, campaign: Campaign
) -> None:
    answer = signed_in(club.marketer).get(f"{progress_url(campaign)}?state=Sending")
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
    assert 'hx-trigger="every 2s"' in answer.content.decode()
    assert "HX-Refresh" not in answer


def test_it_stops_asking_when_all_is_sent_and_loads_the_page_anew(
    club: Club, campaign: Campaign
) -> None:
    _put(campaign, "accepted", 10)
    answer = signed_in(club.marketer).get(f"{progress_url(campaign)}?state=Sending")
    assert answer["HX-Refresh"] == "true"
    assert "hx-get" not in answer.content.decode()
    page = _overview(club, campaign)
    assert "hx-get" not in page
    assert "Every mail has an outcome." in page


def test_strangers_and_those_who_may_not_look_get_nothing(club: Club, campaign: Campaign) -> None:
    assert Client().get(progress_url(campaign)).status_code == 302
    asked = {"X-Requested-With": "XMLHttpRequest"}
    assert Client().get(progress_url(campaign), headers=asked).status_code == 403
    club.approver.groups.set([Group.objects.get(name=staff_roles.MEMBER_SERVICE)])
    answer = signed_in(club.approver).get(progress_url(campaign), headers=asked)
    assert answer.status_code == 403


def test_the_rate_is_what_was_accepted_between_two_looks(campaign: Campaign) -> None:
    assert rate.per_second(campaign, 0, now=1_000.0) is None
    assert rate.per_second(campaign, 50, now=1_010.0) == 5.0
    assert rate.per_second(campaign, 650, now=1_061.0) == pytest.approx(650 / 61)
    # What is older than a minute no longer counts.
    assert rate.per_second(campaign, 660, now=1_071.0) == pytest.approx(610 / 61)


def test_silence_is_told_only_after_a_while(campaign: Campaign) -> None:
    rate.per_second(campaign, 7, now=1_000.0)
    assert rate.per_second(campaign, 7, now=1_005.0) is None
    assert rate.per_second(campaign, 7, now=1_020.0) == 0.0


def test_rate_and_time_left_are_said_in_words(
    club: Club, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate, "per_second", lambda *_: 0.05)
    assert "3 mails a minute, about 3 minutes left." in _overview(club, campaign)
    monkeypatch.setattr(rate, "per_second", lambda *_: 2_000.0)
    assert "2,000 mails a second, less than a minute left." in _overview(club, campaign)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (59, "less than a minute"),
        (61, "about 1 minute"),
        (89 * 60, "about 89 minutes"),
        (91 * 60, "about 2 hours"),
        (4 * 86_400, "about 4 days"),
    ],
)
def test_spans_are_said_as_people_say_them(seconds: int, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words


def test_a_look_counts_once_for_all_who_watch(
    club: Club, campaign: Campaign, django_assert_max_num_queries: Any
) -> None:
    _overview(club, campaign)
    _put(campaign, "accepted", 4)
    assert "0 of 10 mails" in text(club.marketer, progress_url(campaign))
    assert "4 of 10 mails" in _overview(club, campaign)
    client = signed_in(club.marketer)
    with django_assert_max_num_queries(14):
        client.get(progress_url(campaign))


def test_it_says_until_when_it_waits(club: Club, campaign: Campaign) -> None:
    later = timezone.now() + timedelta(hours=3)
    campaign.deliveries.update(not_before=later)
    _put(campaign, "deferred", 2, deferred_until=later - timedelta(hours=1))
    assert f"Waits until {clock(later - timedelta(hours=1))}." in _overview(club, campaign)


def test_the_trial_says_when_the_rest_follows_and_on_what_condition(
    club: Club, campaign: Campaign
) -> None:
    last = campaign.deliveries.order_by("pk").values_list("pk", flat=True)[2:]
    Delivery.objects.filter(pk__in=list(last)).update(wave=1)
    Delivery.objects.exclude(pk__in=list(last)).update(wave=0)
    Campaign.objects.filter(pk=campaign.pk).update(wave=0)
    page = _overview(club, campaign)
    assert "Trial: 2 of 10 mails go first, 2 of them still to go." in page
    assert "The other 8 follow 15 minutes after the last of them if no more than 5 %" in page
    _put(campaign, "accepted", 2)
    ended = timezone.now()
    Campaign.objects.filter(pk=campaign.pk).update(wave_ended_at=ended)
    follows = clock(ended + timedelta(minutes=15))
    assert f"The other 8 follow at {follows}" in _overview(club, campaign)


def test_a_held_campaign_says_why_and_is_not_watched(club: Club, campaign: Campaign) -> None:
    lifecycle.hold(campaign, "7 of 83 mails bounced, 8.4 %; the limit is 5 %.")
    page = _overview(club, campaign)
    assert "Held: 7 of 83 mails bounced" in page
    assert "hx-get" not in page
    assert "Resume" in page


def test_a_paused_campaign_is_watched_while_a_batch_is_in_hand(
    club: Club, campaign: Campaign
) -> None:
    _put(campaign, "handing_off", 1)
    lifecycle.pause(campaign)
    assert "hx-get" in _overview(club, campaign)
