"""No page of the portal asks the database more than thirty times, however much a member has."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loyalty import vouchers
from profiles.models import Member
from tests import cast
from tests.cast import Club
from tests.loyalty.reward_cast import reward, rich
from tests.portal.coming_in import as_member

pytestmark = pytest.mark.usefixtures("pages")
MOST = 30
VISITORS = ("/", "/club/", "/offers/", "/rewards/", "/stories/", "/search/?q=bread", "/join/")
MEMBERS = (
    "/",
    "/offers/",
    "/rewards/",
    "/account/",
    "/account/messages/",
    "/card/me/",
    "/card/me/statement/",
    "/card/me/rewards/",
    "/preferences/me/",
)


@pytest.fixture
def ana(club: Club) -> Member:
    """Ana, who has a lot."""
    ana = cast.ana(club)
    for number in range(12):
        reward(club, f"reward-{number}", [100 + number, 500])
        vouchers.issue([cast.offer(club, f"offer-{number}").pk], [ana.pk])
        rich(ana, 100 + number)
    return ana


def queries(browser: Client, path: str) -> int:
    """How often a page asks."""
    browser.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(path).status_code == 200, path
    return len(captured)


def test_visitors_pages_ask_seldom(club: Club, ana: Member) -> None:
    counts = {path: queries(Client(), path) for path in VISITORS}
    assert max(counts.values()) <= MOST, counts


def test_members_pages_ask_seldom(ana: Member) -> None:
    browser = as_member(ana)
    counts = {path: queries(browser, path) for path in MEMBERS}
    assert max(counts.values()) <= MOST, counts
