"""Double opt-in on its pages: the link opens, the button changes."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from profiles import consent
from profiles.models import Member
from profiles.registration import new_member
from tests.cast import Club
from tests.portal import links


def hugo(club: Club) -> Member:
    """On his way into the club, with a request for wine."""
    member = new_member(club.brand, "hugo@example.com", first_name="Hugo", language="es")
    consent.request_topics(member, [club.wine], "test", "")
    return member


def test_opening_the_link_changes_nothing(club: Club, client: Client) -> None:
    member = hugo(club)
    response = client.get(links.confirm(member))
    assert response.status_code == 200
    assert "Hugo, ¿abrimos la puerta?" in response.content.decode()
    member.refresh_from_db()
    assert member.status == "pending"


def test_the_button_confirms_and_leads_to_the_card(club: Club, client: Client) -> None:
    member = hugo(club)
    response = client.post(links.confirm(member), follow=True)
    member.refresh_from_db()
    assert member.status == "active"
    assert member.subscriptions.get().state == "subscribed"
    page = response.content.decode()
    assert "Pasa, Hugo, estás en tu casa." in page
    assert "<svg" in page


def test_pressing_twice_is_as_good_as_once(club: Club, client: Client) -> None:
    member = hugo(club)
    for _again in range(2):
        assert client.post(links.confirm(member), follow=True).status_code == 200
    assert member.consent_events.filter(action="granted").count() == 1


def test_the_button_needs_its_page(club: Club) -> None:
    member = hugo(club)
    response = Client(enforce_csrf_checks=True).post(links.confirm(member))
    assert response.status_code == 403
    member.refresh_from_db()
    assert member.status == "pending"


def test_an_expired_link_says_so(club: Club, client: Client) -> None:
    member = hugo(club)
    address = links.confirm(member, timezone.now() - timedelta(minutes=1))
    for response in (client.get(address), client.post(address)):
        assert response.status_code == 410
        assert "This link has gone stale." in response.content.decode()
    member.refresh_from_db()
    assert member.status == "pending"
