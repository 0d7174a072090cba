"""Changing the address: the new one says yes, the old one is told, nobody learns who is known."""

import re

import pytest
from django.core import mail
from django.utils import timezone

from profiles import address_changes
from profiles.models import AddressChange, Member
from profiles.suppression import suppress
from tests import cast
from tests.cast import Club
from tests.portal.coming_in import as_member

pytestmark = pytest.mark.usefixtures("pages")
NEW = "ana.ruiz@example.org"


def ask(member: Member, email: str = NEW) -> str:
    """Type a new address; where that leads."""
    return str(as_member(member).post("/account/address/", {"email": email})["Location"])


def mailed_link() -> str:
    """The link in the mail that waits."""
    assert address_changes.send_waiting() == 1
    found = re.search(r"http://localhost:8000(/account/address/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_the_new_address_says_yes_and_the_old_one_is_told(club: Club) -> None:
    ana = cast.ana(club)
    old, browser = ana.email, as_member(ana)
    assert ask(ana) == "/account/address/?asked=1"
    link = mailed_link()
    assert mail.outbox[-1].to == [NEW]
    assert browser.get(link).status_code == 200
    ana.refresh_from_db()
    assert ana.email == old, "opening a link changed the address"
    browser.post(link)
    ana.refresh_from_db()
    assert (ana.email, ana.email_key) == (NEW, NEW)
    assert mail.outbox[-1].to == [old]
    assert NEW not in str(mail.outbox[-1].body)
    assert AddressChange.objects.get().email == ""


def test_consents_go_along(club: Club) -> None:
    ana = cast.ana(club)
    before = list(ana.subscriptions.values_list("topic", "state"))
    ask(ana)
    as_member(ana).post(mailed_link())
    assert list(ana.subscriptions.values_list("topic", "state")) == before


def test_a_link_works_once(club: Club) -> None:
    ana = cast.ana(club)
    ask(ana)
    link, browser = mailed_link(), as_member(ana)
    browser.post(link)
    assert browser.post(link).status_code == 404


def test_asking_for_a_known_address_looks_the_same_and_takes_it_from_nobody(club: Club) -> None:
    ana, bruno = cast.ana(club), cast.bruno(club)
    assert ask(ana, bruno.email) == ask(ana) == "/account/address/?asked=1"
    AddressChange.objects.exclude(email=bruno.email).delete()
    page = as_member(ana).post(mailed_link()).content.decode()
    assert "in use" in page or "en uso" in page
    ana.refresh_from_db()
    bruno.refresh_from_db()
    assert (ana.email, bruno.email) == ("ana@example.com", "bruno@example.com")


def test_nobody_is_flooded(club: Club) -> None:
    for member in (cast.ana(club), cast.bruno(club)):
        ask(member)
        ask(member, "  ANA.Ruiz@EXAMPLE.org ")
    assert AddressChange.objects.count() == 1


def test_a_suppressed_address_is_not_asked(club: Club) -> None:
    suppress(NEW, "complaint", "test")
    assert ask(cast.ana(club)) == "/account/address/?asked=1"
    assert not AddressChange.objects.exists()


def test_an_old_link_has_expired(club: Club) -> None:
    ana = cast.ana(club)
    ask(ana)
    AddressChange.objects.update(asked_at=timezone.now() - address_changes.LINK_LIFE)
    assert address_changes.send_waiting() == 0
    assert AddressChange.objects.get().email == ""


def test_what_is_no_address_is_refused(club: Club) -> None:
    answer = as_member(cast.ana(club)).post("/account/address/", {"email": "ana at home"})
    assert answer.status_code == 422
    assert 'value="ana at home"' in answer.content.decode()
