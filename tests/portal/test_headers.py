"""Pages with a member or a token are kept by nobody, and no page runs or styles inline."""

import re

import pytest
from django.test import Client

from loyalty import vouchers
from loyalty.models import Voucher
from profiles.registration import new_member
from tests import cast
from tests.cast import Club
from tests.portal import links

pytestmark = pytest.mark.usefixtures("pages")

INLINE = re.compile(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", re.IGNORECASE)


def private_pages(club: Club) -> list[str]:
    """Every page that knows a member."""
    ana = cast.ana(club)
    vouchers.issue([cast.offer(club).pk], [ana.pk])
    return [
        links.confirm(new_member(club.brand, "nico@example.com")),
        links.preferences(ana),
        f"{links.preferences(ana)}leave/",
        links.preferences(ana).replace("preferences", "welcome"),
        links.card(ana),
        f"{links.card(ana)}statement/",
        links.unsubscribe(ana, club.offers),
        links.offer(Voucher.objects.get().pk),
        "/join/",
        "/join/check-your-inbox/",
    ]


def test_private_pages_are_not_stored_or_told_to_others(club: Club, client: Client) -> None:
    for address in private_pages(club):
        response = client.get(address)
        assert response["Cache-Control"] == "private, no-store", address
        assert response["Referrer-Policy"] == "same-origin", address
        assert response["X-Robots-Tag"] == "noindex", address


def test_no_page_needs_inline_script_or_style(club: Club, client: Client) -> None:
    for address in [*private_pages(club), "/", "/how-it-works/", "/nowhere/", "/preferences/x/"]:
        response = client.get(address)
        assert "unsafe-inline" not in response["Content-Security-Policy"]
        assert not INLINE.search(response.content.decode()), address


def test_names_are_shown_as_typed_and_never_as_markup(club: Club, client: Client) -> None:
    rogue = cast.member(club, "<img src=x>{{ 7*7 }}", email="rogue@example.com")
    for address in (links.preferences(rogue), links.card(rogue)):
        page = client.get(address).content.decode()
        assert "<img src=x>" not in page
        assert "&lt;img src=x&gt;{{ 7*7 }}" in page


@pytest.mark.parametrize("colour", ["#C8452B", "#005F73"])
def test_brand_colours_reach_the_pages(club: Club, client: Client, colour: str) -> None:
    club.brand.accent = colour
    club.brand.save()
    found = re.search(r'href="(/brand/[^"]+)"', client.get("/").content.decode())
    assert found
    response = client.get(found[1])
    assert f"--accent:{colour}" in response.content.decode()
    assert "immutable" in response["Cache-Control"]
