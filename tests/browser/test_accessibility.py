"""axe-core over every page: no serious or critical finding, on a phone and on a desktop."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from selenium.webdriver import Chrome

from loyalty import vouchers
from loyalty.models import Voucher
from portal.club_pages import create_club_pages
from profiles.models import Member
from profiles.registration import new_member
from tests import cast
from tests.browser.axe import grave_findings
from tests.browser.conftest import DESKTOP, PHONE, resize
from tests.browser.walking import Walk
from tests.cast import Club
from tests.loyalty.reward_cast import reward, rich
from tests.portal import links
from tests.portal.coming_in import as_member
from tests.processes import Deployment

pytestmark = pytest.mark.browser

VISITORS = (
    "/",
    "/club/",
    "/offers/",
    "/rewards/",
    "/stories/",
    "/stories/the-six-o-clock-loaf/",
    "/how-it-works/",
    "/search/?q=bread",
    "/search/?q=nothing-at-all",
    "/join/",
    "/join/check-your-inbox/",
    "/sign-in/",
    "/es/",
    "/es/premios/",
    "/no-such-page/",
)
MEMBERS = (
    "/",
    "/account/",
    "/account/address/",
    "/account/data/",
    "/account/data/erase/",
    "/account/messages/",
    "/card/me/",
    "/card/me/statement/",
    "/card/me/rewards/",
    "/card/me/rewards/tote/",
    "/preferences/me/",
    "/preferences/me/leave/",
    "/sign-out/",
)


def by_link(club: Club, ana: Member) -> Iterator[str]:
    """Pages that a mail's links open."""
    offer = cast.offer(club)
    vouchers.issue([offer.pk], [ana.pk])
    yield links.confirm(new_member(club.brand, "nico@example.com"))
    yield links.preferences(ana).replace("preferences", "welcome")
    yield links.unsubscribe(ana, club.offers)
    yield links.offer(Voucher.objects.get().pk)
    yield f"/offers/{offer.pk}/"
    yield "/confirm/nonsense/"


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_clubs_pages(
    deployment: Deployment, browser: Chrome, size: tuple[int, int], scheme: str
) -> None:
    club = cast.club()
    create_club_pages(club.brand)
    ana = cast.ana(club)
    ana.language = "en"
    ana.save()
    reward(club)
    rich(ana, 640)
    walk = Walk(browser, deployment.web())
    resize(browser, size)
    _paint(browser, scheme)
    problems = _problems(walk, (*VISITORS, *by_link(club, ana)))
    _come_in(walk, as_member(ana).cookies[settings.SESSION_COOKIE_NAME].value)
    problems |= _problems(walk, MEMBERS)
    assert problems == {}


def test_a_field_without_its_label_would_be_found(deployment: Deployment, browser: Chrome) -> None:
    create_club_pages(cast.club().brand)
    walk = Walk(browser, deployment.web())
    walk.open("/sign-in/")
    browser.execute_script("document.querySelector('label').remove()")
    assert any("label" in line for line in grave_findings(browser))


def _problems(walk: Walk, pages: tuple[str, ...]) -> dict[str, list[str]]:
    found = {}
    for page in pages:
        walk.open(page)
        walk.fits()
        if lines := grave_findings(walk.browser):
            found[page] = lines
    return found


def _paint(browser: Chrome, scheme: str) -> None:
    wanted = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})


def _come_in(walk: Walk, session: str) -> None:
    walk.browser.add_cookie({"name": settings.SESSION_COOKIE_NAME, "value": session, "path": "/"})
