"""Data protection in the staff site: register, copies and erasures, for those whose role it is."""

import json

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction
from django.test import Client

from campaigns import staff_roles
from profiles.models import Member, PersonalDataEvent, User
from tests import cast
from tests.cast import Club

BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(role: str) -> Client:
    """Somebody with this role alone."""
    groups = staff_roles.ensure()
    person = User.objects.create_user(role.replace(" ", "-").lower(), password="secret")
    person.groups.add(Group.objects.get(pk=groups[role].pk))
    browser = Client()
    browser.force_login(person, backend=BACKEND)
    return browser


@pytest.fixture
def ana(club: Club) -> Member:
    """Ana, of whom there is something."""
    return cast.ana(club)


def test_the_register_tells_every_table(ana: Member) -> None:
    page = signed_in(staff_roles.DATA_PROTECTION).get("/staff/personal-data/").content.decode()
    for text in ("profiles.Answer", "loyalty.Entry", "campaigns.Delivery", "Legal obligation"):
        assert text in page


def test_a_copy_is_handed_out_and_on_record(ana: Member) -> None:
    browser = signed_in(staff_roles.DATA_PROTECTION)
    there = f"/staff/personal-data/members/{ana.pk}/"
    assert "Copy to read" in browser.get(there).content.decode()
    assert not PersonalDataEvent.objects.exists()
    copy = json.loads(browser.post(f"{there}copy.json").content)
    assert copy["profiles.Member"][0]["e-mail"] == ana.email
    assert ana.email in browser.post(f"{there}copy.html").content.decode()
    events = PersonalDataEvent.objects.values_list("kind", "member", "by__username")
    assert list(events) == [("copied", ana.pk, "data-protection")] * 2


def test_a_copy_takes_a_post(ana: Member) -> None:
    browser = signed_in(staff_roles.DATA_PROTECTION)
    assert browser.get(f"/staff/personal-data/members/{ana.pk}/copy.json").status_code == 405


def test_erasing_says_why_and_by_whom(ana: Member) -> None:
    browser = signed_in(staff_roles.DATA_PROTECTION)
    there = f"/staff/personal-data/members/{ana.pk}/erase/"
    unsure = browser.post(there, {"why": "asked by letter"})
    assert unsure.status_code == 422
    assert 'value="asked by letter"' in unsure.content.decode()
    browser.post(there, {"why": "asked by letter", "sure": "on"})
    ana.refresh_from_db()
    assert (ana.status, ana.email) == ("erased", "")
    event = PersonalDataEvent.objects.get()
    assert (event.kind, event.why, event.source) == ("erased", "asked by letter", "staff site")
    assert browser.get(there).status_code == 404


@pytest.mark.parametrize("role", sorted(set(staff_roles.ROLES) - {staff_roles.DATA_PROTECTION}))
def test_no_other_role_may(ana: Member, role: str) -> None:
    browser = signed_in(role)
    there = f"/staff/personal-data/members/{ana.pk}/"
    for path in ("/staff/personal-data/", there, f"{there}erase/"):
        assert browser.get(path)["Location"] == "/staff/", path
    for path in (f"{there}copy.json", f"{there}copy.html", f"{there}erase/"):
        browser.post(path, {"why": "x", "sure": "on"})
    ana.refresh_from_db()
    assert ana.status == "active"
    assert not PersonalDataEvent.objects.exists()


def test_the_record_cannot_be_changed(ana: Member) -> None:
    signed_in(staff_roles.DATA_PROTECTION).post(f"/staff/personal-data/members/{ana.pk}/copy.json")
    for statement in ("UPDATE {} SET why = 'x'", "DELETE FROM {}"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.format("profiles_personaldataevent"))
