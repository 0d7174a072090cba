"""Signing in by a mailed code: the code's mail, its limits, and nothing that tells who is known."""

import re

import pytest
from django.core import mail
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import timezone

from profiles import sign_ins
from profiles.models import Member, SignInMail, User
from tests import cast
from tests.cast import Club

pytestmark = pytest.mark.usefixtures("pages")
SIGN_IN, CODE = "/sign-in/", "/sign-in/code/"


def ask(browser: Client, email: str) -> HttpResponseBase:
    """Type an address."""
    return browser.post(SIGN_IN, {"email": email})


def mailed_code() -> str:
    """The code in the only mail that went out."""
    assert sign_ins.send_waiting() == 1
    found = re.search(r"^ +(\d{6})$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found
    return found[1]


def signed_in(member: Member) -> Client:
    """A browser in which the member came in by a code."""
    browser = Client()
    ask(browser, member.email)
    browser.post(CODE, {"code": mailed_code()})
    return browser


def test_the_mailed_code_opens_the_card(club: Club) -> None:
    ana = cast.ana(club)
    browser = Client()
    assert ask(browser, "  ANA@example.com ")["Location"] == CODE
    code = mailed_code()
    assert mail.outbox[-1].to == [ana.email]
    answer = browser.post(CODE, {"code": f" {code[:3]} {code[3:]} "})
    assert answer["Location"] == "/card/me/"
    assert browser.get("/card/me/").status_code == 200


def test_a_wrong_code_opens_nothing_and_the_third_ends_it(club: Club) -> None:
    ana = cast.ana(club)
    browser = Client()
    ask(browser, ana.email)
    code = mailed_code()
    wrong = "000000" if code != "000000" else "000001"
    for _attempt in range(3):
        browser.post(CODE, {"code": wrong})
    assert browser.post(CODE, {"code": code})["Location"] == SIGN_IN
    assert browser.get("/card/me/")["Location"] == "/sign-in/?next=/card/me/"


def test_a_known_and_an_unknown_address_look_the_same(club: Club) -> None:
    ana = cast.ana(club)
    pages = []
    for address in (ana.email, "nobody@example.com"):
        browser = Client()
        assert ask(browser, address)["Location"] == CODE
        page = browser.get(CODE).content.decode().replace(address, "ADDRESS")
        pages.append(re.sub(r'csrfmiddlewaretoken" value="\w+"', "", page))
    assert pages[0] == pages[1]
    assert SignInMail.objects.count() == 1


@pytest.mark.parametrize("status", ["pending", "left", "erased"])
def test_only_an_active_member_gets_a_code(club: Club, status: str) -> None:
    ana = cast.ana(club)
    Member.objects.filter(pk=ana.pk).update(status=status)
    assert ask(Client(), ana.email)["Location"] == CODE
    assert not SignInMail.objects.exists()
    ana.refresh_from_db()
    assert ana.user is None


def test_staff_cannot_come_in_by_code(club: Club) -> None:
    ana = cast.ana(club)
    clerk = User.objects.create_superuser("ana", password="a password")
    Member.objects.filter(pk=ana.pk).update(user=clerk)
    ask(Client(), ana.email)
    assert not SignInMail.objects.exists()


def test_codes_are_limited_per_member(club: Club) -> None:
    ana = cast.ana(club)
    for _time in range(9):
        ask(Client(), ana.email)
    assert SignInMail.objects.count() == sign_ins.PER_MEMBER[sign_ins.HOUR]


def test_the_code_is_forgotten_once_it_is_mailed(club: Club) -> None:
    ask(Client(), cast.ana(club).email)
    mailed_code()
    assert SignInMail.objects.get().code == ""


def test_a_code_that_could_not_be_mailed_in_time_is_not_mailed_late(club: Club) -> None:
    ask(Client(), cast.ana(club).email)
    SignInMail.objects.update(asked_at=timezone.now() - sign_ins.CODE_LIFE)
    assert sign_ins.send_waiting() == 0


def test_the_sign_in_is_made_once_and_knows_no_address(club: Club) -> None:
    ana = cast.ana(club)
    signed_in(ana)
    signed_in(ana)
    user = User.objects.get(username__startswith="member-")
    assert user.email == ""
    assert not user.has_usable_password()


def test_signing_out_takes_a_post(club: Club) -> None:
    browser = signed_in(cast.ana(club))
    browser.get("/sign-out/")
    assert browser.get("/card/me/").status_code == 200
    browser.post("/sign-out/")
    assert browser.get("/card/me/").status_code == 302


@pytest.mark.parametrize("there", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_signing_in_leads_nowhere_else(club: Club, there: str) -> None:
    browser = Client()
    browser.post(SIGN_IN, {"email": cast.ana(club).email, "next": there})
    answer = browser.post(CODE, {"code": mailed_code(), "next": there})
    assert answer["Location"] == "/card/me/"


def test_after_signing_in_one_stands_where_one_wanted_to_go(club: Club) -> None:
    cast.ana(club)
    browser = Client()
    there = browser.get("/preferences/me/")["Location"]
    assert there == "/sign-in/?next=/preferences/me/"
    assert 'name="next" value="/preferences/me/"' in browser.get(there).content.decode()


def test_an_erased_member_is_out_at_once(club: Club) -> None:
    ana = cast.ana(club)
    browser = signed_in(ana)
    Member.objects.filter(pk=ana.pk).update(status=Member.Status.ERASED)
    assert browser.get("/card/me/").status_code == 302
