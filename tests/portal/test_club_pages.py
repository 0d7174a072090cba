"""A new club's pages: made once, in two languages that know each other."""

import re

from django.test import Client
from wagtail.models import Page

from portal.club_pages import create_club_pages
from portal.models import HomePage, JoinPage
from tests.cast import Club


def test_making_them_again_changes_nothing(club: Club, pages: HomePage) -> None:
    before = list(Page.objects.values_list("pk", "title", "path"))
    assert create_club_pages(club.brand) == pages
    assert list(Page.objects.values_list("pk", "title", "path")) == before


def test_each_page_has_its_translation(pages: HomePage) -> None:
    assert HomePage.objects.count() == JoinPage.objects.count() == 2
    for page in pages.get_descendants(inclusive=True):
        assert [one.locale.language_code for one in page.get_translations()] == ["es"]


def test_the_language_switch_leads_there_and_back(pages: HomePage, client: Client) -> None:
    english = client.get("/how-it-works/").content.decode()
    assert 'href="/es/como-funciona/"' in english or "/es/como-funciona/" in english
    spanish = client.get("/es/como-funciona/").content.decode()
    assert re.search(r'href="[^"]*/how-it-works/"[^>]*hreflang="en"', spanish)


def test_home_leads_to_the_join_page_of_its_language(pages: HomePage, client: Client) -> None:
    assert re.search(r'href="[^"]*/join/">Become a regular', client.get("/").content.decode())
    assert re.search(r'href="[^"]*/es/unirse/">Hazte', client.get("/es/").content.decode())


def test_home_is_light(pages: HomePage, client: Client) -> None:
    """Page, styles, pictures and the two fonts of a Latin page: under 150 kB."""
    page = client.get("/").content.decode()
    assets = set(re.findall(r'(?:href|src)="(/(?:static|brand)/[^"#]+)', page))
    sizes = {one: len(b"".join(client.get(one))) for one in assets}
    assert len(sizes) > 5
    assert sum(sizes.values()) + len(page) < 150_000
