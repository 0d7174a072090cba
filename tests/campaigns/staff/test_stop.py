"""The red button in the staff site: who may push it, what it names, and the banner."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import lifecycle, switch
from campaigns.models import Campaign, SendingSwitch
from campaigns.staff.urls import edit_url, overview_url, preview_url, unknowns_url
from profiles.models import User
from tests import cast
from tests.campaigns.staff.pages import signed_in, text, words
from tests.cast import Club

INDEX = "/staff/snippets/campaigns/campaign/"
WHY = "The price is wrong."


@pytest.fixture
def campaign(club: Club) -> Campaign:
    """A campaign to Ana, Bruno and Gloria, being sent."""
    cast.everyone(club)
    return lifecycle.start(cast.approved(club, cast.campaign(club, cast.offer(club))))


def _push(user: User, name: str, why: str = WHY) -> Any:
    return signed_in(user).post(reverse(f"campaigns_staff:{name}"), {"why": why})


def test_it_stands_where_one_looks_first(club: Club, campaign: Campaign) -> None:
    for url in ("/staff/", INDEX):
        assert reverse("campaigns_staff:stop") in text(club.marketer, url)
        assert reverse("campaigns_staff:stop") not in text(club.approver, url)


def test_it_asks_first_and_names_campaigns_and_mails(club: Club, campaign: Campaign) -> None:
    page = text(club.marketer, reverse("campaigns_staff:stop"))
    assert "1 campaign will stop, with 3 mails to go." in page
    assert not SendingSwitch.objects.exists()


def test_a_push_needs_a_reason(club: Club, campaign: Campaign) -> None:
    assert "This field is required." in words(_push(club.marketer, "stop", " "))
    assert switch.stopped() is None


def test_a_push_stops_and_every_campaign_screen_says_who_and_why(
    club: Club, campaign: Campaign
) -> None:
    _push(club.marketer, "stop")
    assert switch.stopped() is not None
    draft = cast.campaign(club, name="Week 48")
    shown = [overview_url(campaign), unknowns_url(campaign), preview_url(campaign)]
    for url in ("/staff/", INDEX, f"{INDEX}add/", edit_url(draft), *shown):
        page = text(club.marketer, url)
        assert "All sending is stopped." in page
        assert WHY in page
        assert reverse("campaigns_staff:release") in page
        assert reverse("campaigns_staff:stop") not in page


def test_a_release_lets_it_go_on(club: Club, campaign: Campaign) -> None:
    _push(club.marketer, "stop")
    page = text(club.marketer, reverse("campaigns_staff:release"))
    assert "1 campaign will go on, with 3 mails to go." in page
    _push(club.marketer, "release", "The price is right now.")
    assert switch.stopped() is None
    assert "All sending is stopped." not in text(club.marketer, INDEX)


def test_whoever_may_not_change_campaigns_can_neither_stop_nor_release(
    club: Club, campaign: Campaign
) -> None:
    _push(club.approver, "stop")
    assert switch.stopped() is None
    switch.stop(club.marketer, WHY)
    _push(club.approver, "release")
    assert switch.stopped() is not None
    assert reverse("campaigns_staff:release") not in text(club.approver, overview_url(campaign))


def test_pushing_twice_is_told_and_changes_nothing(club: Club, campaign: Campaign) -> None:
    _push(club.marketer, "stop")
    answer = signed_in(club.marketer).get(reverse("campaigns_staff:stop"), follow=True)
    assert "stopped already, by marta" in words(answer)
    _push(club.marketer, "stop")
    assert SendingSwitch.objects.count() == 1


def test_strangers_cannot(campaign: Campaign) -> None:
    for name in ("stop", "release"):
        assert Client().post(reverse(f"campaigns_staff:{name}"), {"why": WHY}).status_code == 302
    assert not SendingSwitch.objects.exists()
