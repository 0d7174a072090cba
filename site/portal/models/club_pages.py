"""Pages whose facts come from the club itself: how it works for you, its offers, its rewards."""

from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index

from portal import club_facts
from portal.blocks import BodyBlock


class FactualPage(Page):
    """An introduction, blocks above, what the club's own rules say, blocks below."""

    introduction = models.CharField(max_length=240, blank=True)
    body = StreamField(BodyBlock(), blank=True, verbose_name=_("above"))
    after = StreamField(BodyBlock(), blank=True, verbose_name=_("below"))

    content_panels = [
        *Page.content_panels,
        FieldPanel("introduction"),
        FieldPanel("body"),
        FieldPanel("after"),
    ]
    search_fields = [
        *Page.search_fields,
        index.SearchField("introduction"),
        index.SearchField("body"),
        index.SearchField("after"),
    ]
    subpage_types: list[str] = []

    class Meta:
        abstract = True


class ClubPage(FactualPage):
    """What brings points, and the ladder of tiers, as the club's rules have it today."""

    template = "portal/club.html"

    class Meta:
        verbose_name = _("Club page")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """With the rules and tiers of the club."""
        found = super().get_context(request, *args, **kwargs)
        return {**found, "earning": club_facts.earning(request), "tiers": club_facts.tiers(request)}


class OffersPage(FactualPage):
    """A member's own offers; for everybody else what comes, and how often."""

    template = "portal/offers.html"

    class Meta:
        verbose_name = _("Offers page")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """With the topics, and for somebody signed in with their offers."""
        found = super().get_context(request, *args, **kwargs)
        return {
            **found,
            "topics": club_facts.topics(request),
            "offers": club_facts.own_offers(request),
        }


class RewardsPage(FactualPage):
    """The rewards on show, the cheapest first."""

    template = "portal/rewards_page.html"

    class Meta:
        verbose_name = _("Rewards page")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """With the catalogue that everybody sees."""
        found = super().get_context(request, *args, **kwargs)
        return {**found, "rewards": club_facts.rewards(request)}
