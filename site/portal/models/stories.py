"""Stories: what the shop has to tell."""

from typing import Any

from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index

from portal.blocks import BodyBlock
from portal.pictures import PICTURES

A_PAGE = 9


class StoriesPage(Page):
    """All stories, the newest first."""

    introduction = models.CharField(max_length=240, blank=True)

    content_panels = [*Page.content_panels, FieldPanel("introduction")]
    subpage_types = ["portal.StoryPage"]
    template = "portal/stories.html"

    class Meta:
        verbose_name = _("Stories")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """With a page of stories."""
        found = super().get_context(request, *args, **kwargs)
        told = StoryPage.objects.child_of(self).live().order_by("-told_on", "-pk")
        return {**found, "stories": Paginator(told, A_PAGE).get_page(request.GET.get("page"))}


class StoryPage(Page):
    """One story: a picture, a sentence that makes one read on, and its blocks."""

    introduction = models.CharField(max_length=240)
    told_on = models.DateField(_("date"), default=timezone.localdate)
    picture = models.CharField(max_length=40, choices=PICTURES, default="basket")
    body = StreamField(BodyBlock(), blank=True)

    content_panels = [
        *Page.content_panels,
        FieldPanel("introduction"),
        FieldRowPanel([FieldPanel("told_on"), FieldPanel("picture")]),
        FieldPanel("body"),
    ]
    search_fields = [
        *Page.search_fields,
        index.SearchField("introduction"),
        index.SearchField("body"),
    ]
    parent_page_types = ["portal.StoriesPage"]
    subpage_types: list[str] = []
    template = "portal/story.html"

    class Meta:
        verbose_name = _("Story")
