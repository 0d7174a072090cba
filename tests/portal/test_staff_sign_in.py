"""Staff: a password and a second factor, on every page of the staff site."""

from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client

from profiles.models import User
from tests import cast
from tests.cast import Club
from tests.portal.coming_in import as_member

LOGIN = "/staff/login/"
SET_UP, CHALLENGE = "/staff/two-factor/totp/activate/", "/staff/two-factor/authenticate/"
PASSWORD = "a long enough password"
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def _two_factor(settings: Any) -> None:
    settings.REGULARS_TWO_FACTOR = True


@pytest.fixture
def clerk(club: Club) -> User:
    """Somebody who may open the staff site."""
    return User.objects.create_superuser("clara", password=PASSWORD)


def code_now() -> str:
    """What the clerk's telephone shows."""
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(SECRET, counter)))


def by_password(browser: Client) -> str:
    """Type name and password; where that leads."""
    answer = browser.post(LOGIN, {"login": "clara", "password": PASSWORD})
    return str(answer["Location"])


def test_without_a_second_factor_one_sets_one_up_first(clerk: User) -> None:
    browser = Client()
    assert by_password(browser) == "/staff/"
    for page in ("/staff/", "/staff/members/", "/staff/pages/"):
        assert browser.get(page)["Location"] == SET_UP, page
    shown = browser.get(SET_UP)
    assert shown.status_code == 200
    assert "data:image/svg" in shown.content.decode()


def test_the_password_alone_does_not_sign_in(clerk: User) -> None:
    TOTP.activate(clerk, SECRET)
    browser = Client()
    assert by_password(browser).startswith(CHALLENGE)
    assert browser.get("/staff/").status_code == 302
    assert browser.post(CHALLENGE, {"code": "000000"}).status_code == 200
    assert browser.get("/staff/")["Location"].startswith(LOGIN)


def test_password_and_code_open_the_staff_site(clerk: User) -> None:
    TOTP.activate(clerk, SECRET)
    browser = Client()
    by_password(browser)
    assert browser.post(CHALLENGE, {"code": code_now()})["Location"] == "/staff/"
    assert browser.get("/staff/").status_code == 200


def test_wagtails_own_sign_in_is_this_one(club: Club) -> None:
    assert Client().get("/staff/")["Location"] == f"{LOGIN}?next=/staff/"
    assert 'name="login"' in Client().get(LOGIN).content.decode()


def test_guessing_a_password_is_throttled(clerk: User) -> None:
    browser = Client()
    for _guess in range(6):
        browser.post(LOGIN, {"login": "clara", "password": "wrong"})
    answer = browser.post(LOGIN, {"login": "clara", "password": PASSWORD})
    assert answer.status_code == 200
    assert browser.get("/staff/").status_code == 302


def test_a_member_has_no_business_with_the_second_factor(club: Club) -> None:
    browser = as_member(cast.ana(club))
    assert browser.get("/staff/two-factor/")["Location"] == "/account/"
    assert browser.get(SET_UP)["Location"] == "/account/"
