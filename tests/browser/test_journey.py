"""The main job, walked in a browser on a running club.

Join, confirm, answer, get the campaign's mail in the inbox, click, see the offer, unsubscribe by
the mail's link; then a member of staff opens the member's page and finds all of it.
"""

import re

import pytest
from pytest_django import Settings
from selenium.webdriver import Chrome

from campaigns.models import Response
from portal.club_pages import create_club_pages
from profiles.models import Member, User
from tests import cast
from tests.browser.conftest import DESKTOP, PHONE, resize
from tests.browser.walking import Walk, open_club
from tests.cast import Club
from tests.processes import Deployment, wait_until

pytestmark = pytest.mark.browser

ADDRESS = "nuria@example.com"
PASSWORD = "a-long-staff-password"


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_from_joining_to_the_member_page(
    deployment: Deployment, browser: Chrome, size: tuple[int, int], settings: Settings
) -> None:
    # The web process checks the password; it knows nothing of the tests' quick hashing.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    club = cast.club()
    create_club_pages(club.brand)
    User.objects.create_superuser("vera", "vera@esquina.example", PASSWORD)
    walk = open_club(deployment, browser)
    resize(browser, size)
    _join(walk)
    _confirm(walk)
    _get_the_offer(walk, club)
    _unsubscribe(walk)
    _look_at_the_member(walk)


def _join(walk: Walk) -> None:
    walk.open("/")
    walk.fits()
    walk.press("a[href*='/join/']")
    walk.find("#email").send_keys("Nuria@Example.com")
    walk.find("#first_name").send_keys("Nuria")
    walk.press("label.switch")
    walk.fits()
    walk.press("form .button")
    walk.sees("What do you like, Nuria?")
    walk.press("label.chip:nth-of-type(2)")
    walk.press("label.tickbox")
    walk.fits()
    walk.press("form .button")
    wait_until(lambda: "/check-your-inbox/" in walk.browser.current_url, 20, "the last step")
    assert Member.objects.get(email_key=ADDRESS).status == "pending"


def _confirm(walk: Walk) -> None:
    walk.read_mail(ADDRESS, "La Esquina")
    walk.follow("confirm")
    walk.fits()
    assert Member.objects.get(email_key=ADDRESS).status == "pending", "opening a link confirmed it"
    walk.press("form .button")
    wait_until(lambda: Member.objects.get(email_key=ADDRESS).status == "active", 20, "confirmation")
    walk.fits()
    nuria = Member.objects.get(email_key=ADDRESS)
    assert (nuria.tracking, nuria.subscriptions.get().state) == ("granted", "subscribed")
    assert nuria.answers.get().choice is not None


def _get_the_offer(walk: Walk, club: Club) -> None:
    cast.approved(club, cast.campaign(club, cast.offer(club)))
    walk.read_mail(ADDRESS, "This week")
    walk.sees("Hello Nuria")
    walk.sees("The Manchego has come in")
    walk.follow("offer")
    walk.sees("2 € off Manchego")
    walk.fits()
    code = Member.objects.get(email_key=ADDRESS).vouchers.get().code
    shown = re.sub(r"[^0-9A-Z]", "", walk.browser.page_source.upper())
    assert code in shown


def _unsubscribe(walk: Walk) -> None:
    walk.read_mail(ADDRESS, "This week")
    walk.follow("unsubscribe")
    walk.fits()
    nuria = Member.objects.get(email_key=ADDRESS)
    assert nuria.subscriptions.get().state == "subscribed", "opening a link unsubscribed"
    walk.press("form .button")
    wait_until(lambda: nuria.subscriptions.get().state == "withdrawn", 20, "the withdrawal")


def _look_at_the_member(walk: Walk) -> None:
    nuria = Member.objects.get(email_key=ADDRESS)
    responses = Response.objects.filter(delivery__member=nuria)
    wait_until(
        lambda: (
            set(responses.values_list("kind", flat=True)) == {"opened", "clicked", "unsubscribed"}
        ),
        20,
        "an open, a click and an unsubscription",
    )
    walk.open("/staff/login/")
    walk.find("#id_login").send_keys("vera")
    walk.find("#id_password").send_keys(PASSWORD)
    walk.press("button[type=submit]")
    wait_until(lambda: "/login/" not in walk.browser.current_url, 20, "the staff site")
    walk.open(f"/staff/members/inspect/{nuria.pk}/")
    for text in ("Cheese", "Withdrawn", "Week 47", "Clicked", "Unsubscribed", "double opt-in"):
        walk.sees(text)
    walk.fits()
