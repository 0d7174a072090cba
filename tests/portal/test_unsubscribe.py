"""Unsubscribing: one click by RFC 8058, two on the page, for ever and without a cookie."""

import pytest
from django.test import Client

from campaigns.models import Delivery, Response
from profiles import signed_links
from profiles.models import Member, Subscription
from tests import cast
from tests.cast import Club
from tests.portal import links


def state(member: Member, key: str) -> str:
    """Today's state of a topic."""
    return Subscription.objects.get(member=member, topic__key=key).state


@pytest.fixture
def stranger() -> Client:
    """A mail program: no cookie, held to CSRF where there is any."""
    return Client(enforce_csrf_checks=True)


def test_one_click_ends_the_topic_without_a_page(club: Club, stranger: Client) -> None:
    ana = cast.ana(club)
    address = links.unsubscribe(ana, club.offers)
    response = stranger.post(address, {"List-Unsubscribe": "One-Click"})
    assert (response.status_code, response.content) == (200, b"OK")
    assert not response.cookies
    assert state(ana, "offers") == "withdrawn"
    assert ana.consent_events.get(action="withdrawn").source == "one-click"


def test_the_link_itself_only_asks(club: Club, stranger: Client) -> None:
    ana = cast.ana(club)
    page = stranger.get(links.unsubscribe(ana, club.offers)).content.decode()
    assert "Ofertas de la semana" in page
    assert "ana@example.com" not in page
    assert state(ana, "offers") == "subscribed"


def test_two_clicks_end_the_topic_and_only_it(club: Club, stranger: Client) -> None:
    ana = cast.ana(club)
    consents = ana.subscriptions.create(topic=club.wine, state="subscribed")
    page = stranger.post(links.unsubscribe(ana, club.offers)).content.decode()
    assert "Hecho." in page
    consents.refresh_from_db()
    assert (state(ana, "offers"), consents.state) == ("withdrawn", "subscribed")


def test_everything_can_be_stopped(club: Club, stranger: Client) -> None:
    ana = cast.ana(club)
    ana.subscriptions.create(topic=club.wine, state="subscribed")
    stranger.post(links.unsubscribe(ana, club.offers), {"everything": "1"})
    assert {state(ana, "offers"), state(ana, "wine")} == {"withdrawn"}


def test_the_response_is_recorded_on_the_delivery_once(club: Club, stranger: Client) -> None:
    ana = cast.ana(club)
    campaign = cast.campaign(club)
    delivery = Delivery.objects.create(
        campaign=campaign, member=ana, business_at=campaign.created_at, state="planned"
    )
    address = links.unsubscribe(ana, club.offers, delivery.pk)
    for _again in range(2):
        stranger.post(address, {"List-Unsubscribe": "One-Click"})
    assert Response.objects.get(delivery=delivery).kind == "unsubscribed"
    delivery.refresh_from_db()
    assert delivery.unsubscribed_at is not None


def test_the_link_signs_nobody_in(club: Club, stranger: Client) -> None:
    ana = cast.ana(club)
    token = signed_links.make(signed_links.UNSUBSCRIBE, ana.pk, club.offers.pk, 0)
    page = stranger.post(f"/unsubscribe/{token}/").content.decode()
    assert "/preferences/" not in page
    assert "/card/" not in page
    assert stranger.get(f"/preferences/{token}/").status_code == 404


def test_those_who_left_may_still_unsubscribe(club: Club, stranger: Client) -> None:
    ana = cast.ana(club)
    Member.objects.filter(pk=ana.pk).update(status="left")
    assert stranger.post(links.unsubscribe(ana, club.offers)).status_code == 200
