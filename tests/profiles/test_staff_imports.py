"""Importing files in the staff site."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from campaigns import staff_roles
from profiles.models import Brand, Member, MemberList, User
from profiles.registration import new_member
from tests.cast import Club


@pytest.fixture
def client(club: Club) -> Client:
    """Signed in as Marta the marketer."""
    staff_roles.ensure()
    club.marketer.groups.add(Group.objects.get(name=staff_roles.MARKETERS))
    client = Client()
    client.force_login(club.marketer)
    return client


def _file(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("guests.csv", text.encode())


def _page(response: Any) -> str:
    return str(response.content.decode())


def test_a_list_takes_the_good_lines_and_names_the_bad(client: Client, brand: Brand) -> None:
    ana = new_member(brand, "ana@example.com", first_name="Ana")
    guests = MemberList.objects.create(brand=brand, name="Guests")
    file = _file("email\nana@example.com\nnobody@example.com\n")
    page = _page(client.post(f"/staff/import/lists/{guests.pk}/", {"file": file}))
    assert "1 new" in page
    assert "<td>3</td>" in page
    assert "No member has this address or card." in page
    assert guests.entries.get().member == ana


def test_trying_an_import_keeps_nothing(client: Client, brand: Brand) -> None:
    data = {"brand": brand.pk, "file": _file("email\nana@example.com\n"), "dry_run": "on"}
    page = _page(client.post("/staff/import/members/", data))
    assert "Only tried, nothing kept." in page
    assert "1 new" in page
    assert not Member.objects.exists()


def test_an_unreadable_file_is_explained(client: Client, brand: Brand) -> None:
    file = SimpleUploadedFile("guests.csv", b"email\n\xff\xfe\n")
    response = client.post("/staff/import/members/", {"brand": brand.pk, "file": file})
    assert response.status_code == 422
    assert "not UTF-8" in _page(response)


def test_an_analyst_imports_nothing(brand: Brand) -> None:
    staff_roles.ensure()
    analyst = User.objects.create_user("iris", "iris@esquina.example", "secret-iris")
    analyst.groups.add(Group.objects.get(name=staff_roles.ANALYSTS))
    client = Client()
    client.force_login(analyst)
    client.post("/staff/import/members/", {"brand": brand.pk, "file": _file("email\na@b.example")})
    assert not Member.objects.exists()


def test_members_are_found_by_name_address_and_card(client: Client, brand: Brand) -> None:
    ana = new_member(brand, "ana@example.com", first_name="Ana", last_name="Ruiz")
    new_member(brand, "leo@example.com", first_name="Leo", last_name="Vega")
    for words in ("Ruiz", "ana@exam", "ana ruiz", ana.cards.get().number):
        page = _page(client.get("/staff/members/", {"q": words}))
        assert "Ana Ruiz" in page
        assert "Leo Vega" not in page


def test_members_are_looked_at_and_never_edited(client: Client, brand: Brand) -> None:
    ana = new_member(brand, "ana@example.com", first_name="Ana")
    assert client.get(f"/staff/members/inspect/{ana.pk}/").status_code == 200
    assert client.get(f"/staff/members/edit/{ana.pk}/").status_code == 302
    assert client.get("/staff/members/new/").status_code == 302
