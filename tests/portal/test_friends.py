"""Members bring friends: by a link of their own, to a page that says the same to everybody."""

from html import unescape

import pytest
from django.test import Client

from loyalty import referrals
from loyalty.models import Referral, ReferralCode, ReferralRule
from profiles.models import Member
from tests import cast
from tests.cast import Club
from tests.loyalty.referral_cast import rule as referral_rule
from tests.portal import links
from tests.portal.test_join import step_one, step_two

pytestmark = pytest.mark.usefixtures("pages")


@pytest.fixture
def rule(club: Club) -> ReferralRule:
    """Two hundred points for who brings a friend, a hundred for the friend."""
    return referral_rule(club)


@pytest.fixture
def ana(club: Club) -> Member:
    """Ana, who brings friends and reads English."""
    member = cast.ana(club)
    Member.objects.update(language="en")
    return member


def _page(client: Client, address: str) -> str:
    return unescape(client.get(address).content.decode())


def test_the_card_gives_a_link_when_it_is_asked_for(
    club: Club, rule: ReferralRule, ana: Member, client: Client
) -> None:
    card = links.card(ana)
    assert "200 points for you, 100 for your friend." in _page(client, card)
    assert not ReferralCode.objects.exists()
    for _again in range(2):
        client.post(f"{card}friends/")
    assert f"http://testserver{referrals.referral_link_path(ana)}" in _page(client, card)
    assert ReferralCode.objects.count() == 1


def test_without_a_rule_nothing_is_promised(club: Club, ana: Member, client: Client) -> None:
    assert "Bring a friend" not in _page(client, links.card(ana))
    assert client.get(referrals.referral_link_path(ana)).status_code == 302


def test_the_invitation_says_the_same_for_every_code(
    club: Club, rule: ReferralRule, ana: Member, client: Client
) -> None:
    good = referrals.referral_link_path(ana)
    code = good.split("/")[2]
    other = "AAAA-AAAA"
    assert "100 points are yours" in _page(client, good)
    assert _page(client, good).replace(code, other) == _page(client, f"/friend/{other}/")
    assert "Ana" not in _page(client, good)


def test_a_friend_joins_by_the_link(
    club: Club, rule: ReferralRule, ana: Member, client: Client
) -> None:
    code = referrals.referral_link_path(ana).split("/")[2]
    hidden = f'name="friend" value="{code}"'
    assert hidden in _page(client, f"/join/?friend={code}")
    assert hidden in client.post("/join/", step_one(club, friend=code)).content.decode()
    client.post("/join/", step_two(club, friend=code))
    referral = Referral.objects.get()
    assert (referral.referrer, referral.referred.email) == (ana, "hugo@example.com")
    assert referral.state == "waiting"


@pytest.mark.parametrize("code", ["nonsense", "A" * 5_000, "'; --", "\x00", "ÀÉ", " "])
def test_a_code_that_is_none_stops_nobody(
    club: Club, rule: ReferralRule, client: Client, code: str
) -> None:
    answer = client.post("/join/", step_two(club, friend=code))
    assert answer.status_code in (200, 302)
    assert not Referral.objects.exists()
    assert client.get("/join/", {"friend": code}).status_code == 200


def test_nobody_brings_themselves_or_a_member(
    club: Club, rule: ReferralRule, ana: Member, client: Client
) -> None:
    code = referrals.code_of(ana)
    client.post("/join/", step_two(club, friend=code, email=ana.email))
    assert not Referral.objects.exists()
    client.post("/join/", step_two(club, friend=code, email=_variant(ana.email)))
    assert Referral.objects.get().reason == "same_address"


def test_the_card_counts_friends_and_names_none(
    club: Club, rule: ReferralRule, ana: Member, client: Client
) -> None:
    client.post("/join/", step_two(club, friend=referrals.code_of(ana)))
    page = _page(client, links.card(ana))
    assert "1 has yet to buy" in page
    assert "Hugo" not in page


def test_in_spanish(club: Club, rule: ReferralRule, ana: Member, client: Client) -> None:
    Member.objects.update(language="es")
    assert "Trae a alguien" in _page(client, links.card(ana))


def _variant(email: str) -> str:
    local, _at, domain = email.partition("@")
    return f"{local}+again@{domain}"
