"""Pages that show what the club's own rules say, stories, search, and where people came from."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from wagtail.models import Page

from loyalty import vouchers
from loyalty.models import EarnRule, Tier, TierScheme
from portal.models import HomePage, JoinPage, LandingPage, StoriesPage, StoryPage
from profiles.models import Member
from tests import cast
from tests.cast import Club
from tests.loyalty.reward_cast import reward
from tests.portal.coming_in import as_member

pytestmark = pytest.mark.usefixtures("pages")


def read(path: str) -> str:
    """A page as a visitor reads it."""
    answer = Client().get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def rule(club: Club, name: str, **facts: object) -> EarnRule:
    """A rule that has been paying since last month."""
    begun = timezone.now() - timedelta(days=30)
    made: EarnRule = EarnRule.objects.create(
        brand=club.brand, name=name, **{"family": name[:8].strip(), "valid_from": begun, **facts}
    )
    return made


def test_the_club_page_tells_the_rules_of_today(club: Club) -> None:
    now = timezone.now()
    rule(club, "A point for every euro", title={"es": "Un punto por euro"})
    rule(club, "Next year", valid_from=now + timedelta(days=90))
    rule(club, "Last year", valid_until=now - timedelta(days=1))
    assert "A point for every euro" in read("/club/")
    assert "Un punto por euro" in read("/es/club/")
    assert "Next year" not in read("/club/")
    assert "Last year" not in read("/club/")


def test_the_club_page_shows_the_ladder(club: Club) -> None:
    TierScheme.objects.create(brand=club.brand)
    for rank, (name, threshold) in enumerate([("Regular", 0), ("Vecina", 1_500)]):
        Tier.objects.create(
            brand=club.brand, key=name.lower(), name={"en": name}, rank=rank, threshold=threshold
        )
    page = read("/club/")
    assert "from the first day" in page
    assert "from 1,500 points" in page
    assert page.index("Regular") < page.index("Vecina")


def test_rewards_are_there_for_everybody_the_cheapest_first(club: Club) -> None:
    reward(club, "tote", [400], title={"en": "Tote bag"})
    reward(club, "coffee", [150], title={"en": "Coffee"})
    page = read("/rewards/")
    assert page.index("Coffee") < page.index("Tote bag")
    assert "/card/me/rewards/coffee/" not in page
    mine = as_member(cast.ana(club)).get("/rewards/").content.decode()
    assert "/card/me/rewards/coffee/" in mine


def test_offers_are_a_members_own(club: Club) -> None:
    ana, offer = cast.ana(club), cast.offer(club)
    vouchers.issue([offer.pk], [ana.pk])
    assert "Weekly offers" in read("/offers/")
    assert offer.title["en"] not in read("/offers/")
    assert offer.title["en"] in as_member(ana).get("/offers/").content.decode()


def test_stories_come_newest_first_in_the_readers_language(club: Club) -> None:
    page = read("/stories/")
    assert page.index("The six o’clock loaf") < page.index("Tomatoes have a season")
    assert "El pan de las seis" in read("/es/historias/")
    assert "El pan de las seis" in read("/es/")
    assert "two" in read("/stories/the-six-o-clock-loaf/")


def test_search_finds_pages_of_the_language_that_are_live(club: Club) -> None:
    assert "The six o’clock loaf" in read("/search/?q=loaf")
    assert "The six o’clock loaf" not in read("/es/search/?q=loaf")
    story = StoryPage.objects.get(slug="the-six-o-clock-loaf")
    story.unpublish()
    assert "The six o’clock loaf" not in read("/search/?q=loaf")


@pytest.mark.parametrize(
    "words", ["", "%00", "-", "NEAR(a", "%27%3B--", "%22", "(((", "a" * 5_000, "%F0%9F%8D%9E"]
)
def test_search_takes_any_words(club: Club, words: str) -> None:
    assert Client().get(f"/search/?q={words}").status_code == 200


def test_search_does_not_repeat_words_as_markup(club: Club) -> None:
    assert "<script>alert" not in read("/search/?q=<script>alert(1)</script>")


def landing(home: HomePage) -> LandingPage:
    """Where the poster of May leads."""
    join = JoinPage.objects.child_of(home).get()
    words = {"heading": "Come in", "text": "", "button": "Join", "page": join.pk}
    page: LandingPage = home.add_child(
        instance=LandingPage(
            title="May",
            slug="may",
            source="poster-may",
            body=[{"type": "call_to_action", "value": words}],
            locale=home.locale,
        )
    )
    return page


def test_who_joins_from_a_landing_page_came_by_it(club: Club, pages: HomePage) -> None:
    landing(pages)
    assert "/join/?from=poster-may" in read("/may/")
    assert 'name="came_by" value="poster-may"' in read("/join/?from=poster-may")
    told = {"step": "tastes", "email": "hugo@example.com", "language": "en"}
    Client().post("/join/", {**told, "came_by": "poster-may"})
    member = Member.objects.get()
    assert member.source == "poster-may"


@pytest.mark.parametrize("word", ["two words", "<b>", "x" * 41])
def test_a_source_that_nobody_set_up_is_left_out(club: Club, word: str) -> None:
    told = {"step": "tastes", "email": "hugo@example.com", "language": "en", "came_by": word}
    Client().post("/join/", told)
    assert Member.objects.get().source == "portal"


def test_a_landing_page_stands_in_no_menu(club: Club, pages: HomePage) -> None:
    landing(pages)
    assert 'href="/may/"' not in read("/")


@pytest.mark.parametrize("path", ["/", "/club/", "/offers/", "/rewards/", "/stories/", "/search/"])
def test_reading_leaves_no_cookie(club: Club, path: str) -> None:
    assert not Client().get(path).cookies


def test_an_editor_finds_every_page_type(pages: HomePage) -> None:
    allowed = {model.__name__ for model in HomePage.creatable_subpage_models()}
    assert {"ClubPage", "OffersPage", "RewardsPage", "StoriesPage", "LandingPage"} <= allowed
    assert StoriesPage.creatable_subpage_models() == [StoryPage]
    assert Page.objects.live().count() > len(allowed)
