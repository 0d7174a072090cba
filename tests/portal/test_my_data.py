"""A member's data: seen, taken along, erased; by the member who is signed in alone."""

import json

import pytest
from django.test import Client

from profiles.models import Member
from tests import cast
from tests.cast import Club
from tests.loyalty.reward_cast import rich
from tests.portal.coming_in import as_member

pytestmark = pytest.mark.usefixtures("pages")


def test_the_page_says_what_is_kept_and_why(club: Club) -> None:
    page = as_member(_english_ana(club)).get("/account/data/").content.decode()
    assert "Tastes and answers" in page
    assert "To explain every point." not in page, "there is no point yet"
    assert "Contract of membership" in page


def test_both_copies_hold_everything(club: Club) -> None:
    ana = _english_ana(club)
    rich(ana, 40)
    browser = as_member(ana)
    copy = json.loads(browser.get("/account/data/copy.json").content)
    assert copy["profiles.Member"][0]["e-mail"] == ana.email
    answer = browser.get("/account/data/copy.html")
    assert answer["Content-Disposition"].startswith("attachment")
    page = answer.content.decode()
    for text in (ana.email, "Which aisles?", "Weekly offers", ana.cards.get().number):
        assert text in page


def test_a_name_of_markup_is_text_in_the_copy(club: Club) -> None:
    ana = _english_ana(club)
    Member.objects.filter(pk=ana.pk).update(first_name="<script>alert(1)</script>")
    page = as_member(ana).get("/account/data/copy.html").content.decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_erasing_takes_a_tick(club: Club) -> None:
    ana = _english_ana(club)
    answer = as_member(ana).post("/account/data/erase/")
    assert answer.status_code == 422
    assert "Please tick" in answer.content.decode()
    ana.refresh_from_db()
    assert ana.status == "active"


def test_erasing_ends_it_all_and_signs_out(club: Club) -> None:
    ana = _english_ana(club)
    rich(ana, 40)
    browser = as_member(ana)
    assert "You lose your 40 points." in browser.get("/account/data/erase/").content.decode()
    page = browser.post("/account/data/erase/", {"sure": "yes"}).content.decode()
    assert "It is done." in page
    ana.refresh_from_db()
    assert (ana.status, ana.email, ana.first_name) == ("erased", "", "")
    assert browser.get("/account/").status_code == 302


@pytest.mark.parametrize("page", ["", "copy.json", "copy.html", "erase/"])
def test_strangers_see_nothing(club: Club, page: str) -> None:
    path = f"/account/data/{page}"
    assert Client().get(path)["Location"] == f"/sign-in/?next={path}"


def _english_ana(club: Club) -> Member:
    ana = cast.ana(club)
    ana.language = "en"
    ana.save()
    return ana
