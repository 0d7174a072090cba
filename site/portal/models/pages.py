"""Page types: the home page, the page to join on, and a page of plain content."""

from typing import Any

from django.db import models
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index

from portal import joining
from portal.at_home import at_home
from portal.blocks import BodyBlock

# Blocks that say what a member knows already.
FOR_STRANGERS = ("hero", "facts", "pictures", "card", "call_to_action")


class HomePage(Page):
    """What the club gives, in blocks that an editor can rearrange."""

    body = StreamField(BodyBlock(), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("body")]
    search_fields = [*Page.search_fields, index.SearchField("body")]
    subpage_types = [
        "portal.JoinPage",
        "portal.ContentPage",
        "portal.ClubPage",
        "portal.OffersPage",
        "portal.RewardsPage",
        "portal.StoriesPage",
        "portal.LandingPage",
    ]
    template = "portal/home.html"

    class Meta:
        verbose_name = _("Home page")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """With the member's own part; what invites strangers is left out for them."""
        found = super().get_context(request, *args, **kwargs)
        return {**found, "mine": at_home(request), "for_strangers": FOR_STRANGERS}


class JoinPage(RoutablePageMixin, Page):
    """Three calm steps: address and topics, tastes, check your inbox."""

    introduction = models.CharField(max_length=240, blank=True)

    content_panels = [*Page.content_panels, FieldPanel("introduction")]
    subpage_types: list[str] = []
    template = "portal/join.html"

    class Meta:
        verbose_name = _("Join page")

    @path("")
    def join(self, request: HttpRequest) -> HttpResponseBase:
        """Show the step that is due, or take what was typed into it."""
        return joining.serve(self, request)

    @path("check-your-inbox/", name="sent")
    def sent(self, request: HttpRequest) -> HttpResponseBase:
        """The same words for every address, known or not."""
        return joining.serve_sent(self, request)

    def sent_url(self, request: HttpRequest) -> str:
        """Where the last step leads."""
        return f"{self.get_url(request)}{self.reverse_subpage('sent')}"


class ContentPage(Page):
    """A page of plain content, such as how it works or the terms."""

    introduction = models.CharField(max_length=240, blank=True)
    body = StreamField(BodyBlock(), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("introduction"), FieldPanel("body")]
    search_fields = [
        *Page.search_fields,
        index.SearchField("introduction"),
        index.SearchField("body"),
    ]
    template = "portal/content.html"

    class Meta:
        verbose_name = _("Content page")


class LandingPage(Page):
    """Where a poster, an advertisement or a QR code leads; who joins from here came by it."""

    source = models.SlugField(
        _("came by"),
        max_length=40,
        help_text=_("Kept with everyone who joins from this page: poster-may, radio, flyer."),
    )
    body = StreamField(BodyBlock(), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("source"), FieldPanel("body")]
    subpage_types: list[str] = []
    template = "portal/landing.html"

    class Meta:
        verbose_name = _("Landing page")
