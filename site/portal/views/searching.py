"""Searching the club's pages."""

import re

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from wagtail.models import Locale, Page, Site
from wagtail.query import PageQuerySet

MOST = 30
WORD = re.compile(r"\w+")


@require_safe
def search(request: HttpRequest) -> HttpResponseBase:
    """Pages of the reader's language in which the words stand."""
    words = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:100]
    # Letters and digits alone: quotation marks and the like mean something to the search itself.
    plain = " ".join(WORD.findall(words))
    found = list(_pages(request).search(plain)[:MOST]) if plain else []
    response = render(request, "portal/search.html", {"words": words, "found": found})
    response["X-Robots-Tag"] = "noindex"
    return response


def _pages(request: HttpRequest) -> PageQuerySet:
    site = Site.find_for_request(request)
    pages = Page.objects.live().public().filter(locale=Locale.get_active())
    return pages.descendant_of(site.root_page.localized, inclusive=True) if site else pages.none()
