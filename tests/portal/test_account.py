"""What only a signed-in member sees: the account, and every mail as it was sent."""

from typing import Any

import pytest
from django.test import Client

from campaigns import dispatch, lifecycle
from campaigns.models import Campaign, Delivery
from profiles.models import Member
from tests import cast
from tests.cast import Club
from tests.loyalty.reward_cast import rich
from tests.portal import links
from tests.portal.coming_in import as_member

pytestmark = pytest.mark.usefixtures("pages")


@pytest.fixture
def campaign(club: Club, settings: Any, tmp_path: object) -> Campaign:
    """A campaign that went to Ana, Bruno and Gloria."""
    settings.REGULARS_OUTBOX = tmp_path
    cast.everyone(club)
    started = lifecycle.start(cast.approved(club, cast.campaign(club)))
    dispatch.drain(started.pk)
    return started


def ana_and_her_mail() -> tuple[Member, Delivery]:
    """Ana, and the mail she got."""
    ana = Member.objects.get(first_name="Ana")
    return ana, Delivery.objects.get(member=ana, state="accepted")


@pytest.mark.parametrize(
    "path", ["/account/", "/account/messages/", "/card/me/", "/preferences/me/"]
)
def test_strangers_are_asked_to_sign_in(club: Club, path: str) -> None:
    assert Client().get(path)["Location"] == f"/sign-in/?next={path}"


def test_a_mailed_link_does_not_open_the_account(club: Club) -> None:
    browser = Client()
    assert browser.get(links.card(cast.ana(club))).status_code == 200
    assert browser.get("/account/").status_code == 302


def test_staff_have_no_member_pages(club: Club) -> None:
    browser = Client()
    browser.force_login(club.marketer, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get("/card/me/").status_code == 302


def test_me_means_whoever_is_signed_in(club: Club) -> None:
    ana, bruno = cast.ana(club), cast.bruno(club)
    for member in (ana, bruno):
        page = as_member(member).get("/card/me/").content.decode()
        assert f"Hello, {member.first_name}." in page or f"Hola, {member.first_name}." in page


def test_name_and_telephone_can_be_changed(club: Club) -> None:
    ana = cast.ana(club)
    told = {"first_name": " Ana  María\t", "last_name": "Ruiz", "phone": "+34 600 11 22 33"}
    answer = as_member(ana).post("/account/", told)
    assert answer["Location"] == "/account/?saved=1"
    ana.refresh_from_db()
    assert (ana.first_name, ana.last_name, ana.phone) == ("Ana María", "Ruiz", "+34 600 11 22 33")


def test_a_telephone_of_letters_is_refused_and_kept_on_the_page(club: Club) -> None:
    ana = cast.ana(club)
    answer = as_member(ana).post("/account/", {"first_name": "Anita", "phone": "call me"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Anita"' in page
    assert 'value="call me"' in page
    assert 'aria-invalid="true"' in page
    ana.refresh_from_db()
    assert ana.first_name == "Ana"


def test_the_status_cannot_be_slipped_in(club: Club) -> None:
    ana = cast.ana(club)
    as_member(ana).post("/account/", {"first_name": "Ana", "status": "erased", "email": "x@y.org"})
    ana.refresh_from_db()
    assert (ana.status, ana.email) == ("active", "ana@example.com")


def test_every_mail_is_there_as_it_was_sent(campaign: Campaign) -> None:
    ana, mail = ana_and_her_mail()
    browser = as_member(ana)
    assert "Esta semana" in browser.get("/account/messages/").content.decode()
    page = browser.get(f"/account/messages/{mail.pk}/").content.decode()
    assert f'src="/account/messages/{mail.pk}/mail/"' in page
    body = browser.get(f"/account/messages/{mail.pk}/mail/")
    assert "Ana" in body.content.decode()
    assert "default-src 'none'" in body["Content-Security-Policy"]
    assert body["X-Frame-Options"] == "SAMEORIGIN"


def test_points_in_an_old_mail_are_those_of_its_day(campaign: Campaign) -> None:
    ana, mail = ana_and_her_mail()
    before = as_member(ana).get(f"/account/messages/{mail.pk}/mail/").content
    rich(ana, 4_321)
    after = as_member(ana).get(f"/account/messages/{mail.pk}/mail/").content
    assert before == after


@pytest.mark.parametrize("page", ["", "mail/"])
def test_nobody_reads_another_members_mail(campaign: Campaign, page: str) -> None:
    _ana, mail = ana_and_her_mail()
    bruno = Member.objects.get(first_name="Bruno")
    assert as_member(bruno).get(f"/account/messages/{mail.pk}/{page}").status_code == 404


def test_pages_of_the_account_are_private(campaign: Campaign) -> None:
    ana, mail = ana_and_her_mail()
    browser = as_member(ana)
    for path in ("/account/", "/account/messages/", f"/account/messages/{mail.pk}/", "/card/me/"):
        assert browser.get(path)["Cache-Control"] == "private, no-store", path
