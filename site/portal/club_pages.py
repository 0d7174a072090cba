"""A new club's pages in English, and their Spanish translations."""

from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from wagtail.models import Locale, Page, Site

from portal import club_words
from portal.club_stories import STORIES
from portal.models import (
    ClubPage,
    ClubSettings,
    ContentPage,
    HomePage,
    JoinPage,
    OffersPage,
    RewardsPage,
    StoriesPage,
    StoryPage,
)
from profiles.models import Brand

ENGLISH, SPANISH = 0, 1
KINDS: dict[str, type[Page]] = {
    "join": JoinPage,
    "club": ClubPage,
    "offers": OffersPage,
    "rewards": RewardsPage,
    "stories": StoriesPage,
    "how": ContentPage,
}
IN_MENU = ("club", "offers", "rewards", "stories")


def home_of(request: HttpRequest) -> Page | None:
    """The site's home page in the reader's language."""
    site = Site.find_for_request(request)
    return site.root_page.localized if site else None


def join_page_of(home: Page) -> JoinPage | None:
    """The page to join on below a home page."""
    page: JoinPage | None = JoinPage.objects.child_of(home).live().first()
    return page


@transaction.atomic
def create_club_pages(brand: Brand) -> HomePage:
    """Create the pages of a club and show them on the default site; done before, do nothing.

    Returns the English home page.
    """
    site = Site.objects.filter(is_default_site=True).first()
    if site and isinstance(site.root_page.specific, HomePage):
        _choose(site, brand)
        known: HomePage = site.root_page.specific
        return known
    english, spanish = (Locale.objects.get_or_create(language_code=c)[0] for c in ("en", "es"))
    home = _create_english(brand, english)
    _translate(home, spanish)
    _choose(_show(home, site), brand)
    return home


def _create_english(brand: Brand, locale: Locale) -> HomePage:
    root = Page.get_first_root_node() or Page.add_root(title="Root", slug="root", locale=locale)
    home: HomePage = root.add_child(
        instance=HomePage(title=brand.name, slug=brand.slug, locale=locale, seo_title=brand.name)
    )
    for name in KINDS:
        page = home.add_child(instance=_child(name, ENGLISH, locale))
        if isinstance(page, StoriesPage):
            _tell(page, ENGLISH, locale)
    _fill(home, ENGLISH)
    return home


def _child(name: str, side: int, locale: Locale) -> Page:
    return KINDS[name](
        title=club_words.TITLES[name][side],
        slug=club_words.SLUGS[name][side],
        introduction=club_words.INTRODUCTIONS[name][side],
        show_in_menus=name in IN_MENU,
        locale=locale,
    )


def _tell(page: StoriesPage, side: int, locale: Locale) -> None:
    """The first stories, a week apart, the newest first."""
    for number, story in enumerate(STORIES):
        page.add_child(
            instance=StoryPage(
                title=story.titles[side],
                slug=story.slugs[side],
                introduction=story.introductions[side],
                picture=story.picture,
                told_on=timezone.localdate() - timedelta(weeks=number),
                body=[{"type": "text", "value": story.texts[side]}],
                locale=locale,
            )
        )


def _translate(home: HomePage, locale: Locale) -> None:
    """Copy the tree, then write each page anew: Spanish is not English word for word."""
    translated = home.copy_for_translation(locale)
    names = {kind: name for name, kind in KINDS.items()}
    for page in home.get_children().specific():
        copy = page.copy_for_translation(locale)
        wanted = _child(names[type(page)], SPANISH, locale)
        copy.title, copy.slug, copy.introduction = wanted.title, wanted.slug, wanted.introduction
        copy.save_revision().publish()
        if isinstance(page, StoriesPage):
            _translate_stories(page, locale)
    _fill(translated, SPANISH)


def _translate_stories(page: StoriesPage, locale: Locale) -> None:
    words = {story.slugs[ENGLISH]: story for story in STORIES}
    for one in page.get_children().specific():
        story, copy = words[one.slug], one.copy_for_translation(locale)
        copy.title, copy.slug = story.titles[SPANISH], story.slugs[SPANISH]
        copy.introduction = story.introductions[SPANISH]
        copy.body = [{"type": "text", "value": story.texts[SPANISH]}]
        copy.save_revision().publish()


def _fill(home: HomePage, side: int) -> None:
    """Write the blocks once the pages that they lead to are there."""
    home.refresh_from_db()
    join = JoinPage.objects.child_of(home).get()
    how = ContentPage.objects.child_of(home).get()
    club = ClubPage.objects.child_of(home).get()
    home.body = club_words.home(side, join.pk)
    how.body = club_words.how_it_works(side, join.pk)
    club.after = club_words.questions(side)
    for page in (home, how, club):
        page.save_revision().publish()


def _show(home: HomePage, site: Site | None) -> Site:
    site = site or Site(hostname="localhost", is_default_site=True)
    welcome = site.root_page if site.root_page_id else None
    site.root_page, site.site_name = home, home.title
    site.save()
    # The page that Wagtail installs to say that there is none yet.
    if welcome and type(welcome.specific) is Page and not welcome.is_root():
        welcome.delete()
    return site


def _choose(site: Site, brand: Brand) -> None:
    settings = ClubSettings.for_site(site)
    settings.brand = settings.brand or brand
    settings.save()
