"""A member on their own: in by a mailed code, name, old mails, a pause, leaving."""

import re

import pytest
from django.utils import timezone
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import Select

from portal.club_pages import create_club_pages
from profiles.models import Member
from tests import cast
from tests.browser.conftest import DESKTOP, PHONE, resize
from tests.browser.walking import Walk, open_club
from tests.processes import Deployment, wait_until

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_from_the_code_to_leaving(
    deployment: Deployment, browser: Chrome, size: tuple[int, int]
) -> None:
    club = cast.club()
    create_club_pages(club.brand)
    bruno = cast.bruno(club)
    walk = open_club(deployment, browser)
    resize(browser, size)
    _sign_in(walk, bruno.email)
    walk.sees("Hello, Bruno.")
    _change_the_name(walk)
    bruno.refresh_from_db()
    assert bruno.first_name == "Bruno Antonio"
    _read_the_letter(walk, club)
    _pause(walk)
    wait_until(lambda: _paused(bruno), 20, "the pause")
    _leave(walk)
    wait_until(lambda: Member.objects.get(pk=bruno.pk).status == "left", 20, "the end of it")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_from_the_code_to_the_erasure(
    deployment: Deployment, browser: Chrome, size: tuple[int, int]
) -> None:
    club = cast.club()
    create_club_pages(club.brand)
    bruno = cast.bruno(club)
    walk = open_club(deployment, browser)
    resize(browser, size)
    _sign_in(walk, bruno.email)
    walk.press("nav.tabs a[href='/account/']")
    walk.press("a[href='/account/data/']")
    walk.sees("What was allowed, and when")
    walk.fits()
    walk.press("a[href='/account/data/erase/']")
    walk.press("label.tickbox")
    walk.fits()
    walk.press("form .button")
    walk.sees("We no longer know who you are.")
    bruno.refresh_from_db()
    assert (bruno.status, bruno.email) == ("erased", "")
    walk.open("/account/")
    walk.sees("Come in.")


def _sign_in(walk: Walk, address: str) -> None:
    walk.open("/card/me/")
    walk.fits()
    walk.find("#id_email").send_keys(address)
    walk.press("form .button")
    walk.sees("Look in your inbox.")
    walk.fits()
    here = walk.browser.current_url
    walk.read_mail(address, "is your code")
    code = re.search(r"\b\d{6}\b", walk.text())
    assert code
    walk.open(here)
    walk.find("#id_code").send_keys(code[0])
    walk.press("form .button")


def _change_the_name(walk: Walk) -> None:
    walk.press("nav.tabs a[href='/account/']")
    field = walk.find("#id_first_name")
    field.clear()
    field.send_keys("Bruno Antonio")
    walk.press("form.fields .button")
    walk.sees("Saved.")
    walk.fits()


def _read_the_letter(walk: Walk, club: cast.Club) -> None:
    cast.approved(club, cast.campaign(club, cast.offer(club)))
    wait_until(lambda: _has_a_letter(walk), 60, "the week's letter")
    walk.press("ul.ways a")
    walk.find("iframe.letter")
    walk.fits()
    walk.browser.switch_to.frame(walk.find("iframe.letter"))
    walk.sees("Hello Bruno")
    walk.browser.switch_to.default_content()


def _has_a_letter(walk: Walk) -> bool:
    walk.open("/account/messages/")
    return "This week" in walk.text()


def _pause(walk: Walk) -> None:
    walk.open("/preferences/me/")
    walk.fits()
    Select(walk.find("#pause")).select_by_value("30")
    walk.press("form .button")
    walk.sees("Saved.")


def _paused(member: Member) -> bool:
    member.refresh_from_db()
    return member.paused_until is not None and member.paused_until > timezone.now()


def _leave(walk: Walk) -> None:
    walk.press("a[href='/preferences/me/leave/']")
    walk.fits()
    walk.press("form .button")
