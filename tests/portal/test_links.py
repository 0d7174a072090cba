"""Links that are unknown, malformed or meant for something else: a friendly page, no change."""

import pytest
from django.test import Client

from profiles import signed_links
from profiles.models import ConsentEvent, Member
from tests import cast
from tests.cast import Club

PURPOSES = {
    "confirm": signed_links.CONFIRM,
    "welcome": signed_links.PREFERENCES,
    "preferences": signed_links.PREFERENCES,
    "card": signed_links.PREFERENCES,
    "unsubscribe": signed_links.UNSUBSCRIBE,
    "offer": signed_links.OFFER,
}
NUMBERS = {signed_links.CONFIRM: 1, signed_links.UNSUBSCRIBE: 3}
OTHERS = [signed_links.CLICK, signed_links.OPEN, signed_links.VIEW, *set(PURPOSES.values())]


def refused(address: str, status: int = 404) -> None:
    """Both ways to ask are answered by the friendly page."""
    client = Client()
    for response in (client.get(address), client.post(address)):
        assert response.status_code in (status, 405)
        if response.status_code == status:
            assert "no-store" in response["Cache-Control"]
            assert "We do not know this link." in response.content.decode()


@pytest.mark.parametrize("route", PURPOSES)
@pytest.mark.parametrize("token", ["x", "AAEAAAAAAAAAAAAAAAAAAAAAAA", "%00", "a" * 500, "ñ", ".."])
def test_malformed_token(club: Club, route: str, token: str) -> None:
    refused(f"/{route}/{token}/")


@pytest.mark.parametrize("route", PURPOSES)
def test_one_changed_character(club: Club, route: str) -> None:
    ana = cast.ana(club)
    purpose = PURPOSES[route]
    token = signed_links.make(purpose, *[ana.pk, club.offers.pk, 0][: NUMBERS.get(purpose, 2)])
    for place in (0, len(token) // 2, len(token) - 1):
        other = "A" if token[place] != "A" else "B"
        refused(f"/{route}/{token[:place]}{other}{token[place + 1 :]}/")


@pytest.mark.parametrize("route", PURPOSES)
def test_token_of_another_purpose(club: Club, route: str) -> None:
    ana = cast.ana(club)
    before = ConsentEvent.objects.count()
    for purpose in set(OTHERS) - {PURPOSES[route]}:
        for numbers in ((ana.pk,), (ana.pk, 0), (ana.pk, club.offers.pk, 0)):
            refused(f"/{route}/{signed_links.make(purpose, *numbers)}/")
    assert ConsentEvent.objects.count() == before
    assert Member.objects.get(pk=ana.pk).status == "active"


@pytest.mark.parametrize("route", PURPOSES)
def test_genuine_token_with_the_wrong_count_of_numbers(club: Club, route: str) -> None:
    ana = cast.ana(club)
    token = signed_links.make(PURPOSES[route], ana.pk, 0, 0, 0)
    if route != "confirm":
        refused(f"/{route}/{token}/")


@pytest.mark.parametrize("route", PURPOSES)
def test_nobody_by_that_number(club: Club, route: str) -> None:
    numbers = [10**9, club.offers.pk, 0][: NUMBERS.get(PURPOSES[route], 2)]
    refused(f"/{route}/{signed_links.make(PURPOSES[route], *numbers)}/")


@pytest.mark.parametrize("status", ["pending", "erased"])
def test_preferences_open_for_members_only(club: Club, status: str) -> None:
    ana = cast.ana(club)
    Member.objects.filter(pk=ana.pk).update(status=status)
    refused(f"/preferences/{signed_links.make(signed_links.PREFERENCES, ana.pk, 0)}/")


def test_the_friendly_page_speaks_the_readers_language(club: Club, client: Client) -> None:
    page = client.get("/preferences/x/", headers={"Accept-Language": "es-MX,es;q=0.9"})
    assert "No conocemos este enlace." in page.content.decode()


def test_unknown_page_is_friendly_too(club: Club, client: Client) -> None:
    response = client.get("/no-such-shelf/")
    assert response.status_code == 404
    assert "This shelf is empty." in response.content.decode()
