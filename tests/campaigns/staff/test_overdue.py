"""A campaign whose time passed while nothing could start it: staff decide what becomes of it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from campaigns import approval, lifecycle
from campaigns.models import Campaign
from campaigns.staff.urls import move_url, overview_url
from tests import cast
from tests.campaigns.staff.pages import signed_in, words
from tests.cast import Club

pytestmark = pytest.mark.usefixtures("everyone")
LATER = {"send_at": "2030-01-01 08:00"}


@pytest.fixture
def overdue(club: Club) -> Campaign:
    """A campaign that should have started yesterday; its approval left the time open."""
    planned = cast.approved(club, cast.campaign(club), timezone.now() - timedelta(days=1))
    return lifecycle.start(planned)


@pytest.fixture
def client(club: Club) -> Client:
    """A browser in which the marketer is signed in."""
    return signed_in(club.marketer)


def test_the_page_asks(client: Client, overdue: Campaign) -> None:
    page = words(client.get(overview_url(overdue)))
    assert "It should have started on" in page
    for choice in ("Start now", "Choose another time", "Cancel"):
        assert choice in page


def test_it_is_started_now(client: Client, overdue: Campaign) -> None:
    page = words(client.get(move_url(overdue, "start")))
    assert "3 members get the mail as things stand now." in page
    client.post(move_url(overdue, "start"))
    overdue.refresh_from_db()
    assert overdue.state == Campaign.State.SENDING


def test_another_time_is_chosen(client: Client, overdue: Campaign) -> None:
    client.post(move_url(overdue, "postpone"), LATER)
    overdue.refresh_from_db()
    assert overdue.state == Campaign.State.SCHEDULED
    assert overdue.send_at is not None
    assert overdue.send_at.year == 2030


def test_another_time_than_the_approved_one_needs_another_approval(
    club: Club, client: Client
) -> None:
    missed = timezone.now() - timedelta(days=1)
    campaign = cast.campaign(club, send_at=missed)
    approval.approve(campaign, club.approver)
    lifecycle.start(lifecycle.schedule(campaign, missed))
    answer = client.post(move_url(campaign, "postpone"), LATER, follow=True)
    assert "submit it for approval again" in words(answer)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.OVERDUE
    assert campaign.send_at == missed


def test_it_is_cancelled(client: Client, overdue: Campaign) -> None:
    client.post(move_url(overdue, "cancel"))
    overdue.refresh_from_db()
    assert overdue.state == Campaign.State.CANCELLED
