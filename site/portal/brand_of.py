"""Which brand a request is for, and how it looks."""

import hashlib

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from wagtail.models import Site

from campaigns.composition.brand_facts import BrandFacts, Palette, dark, light
from portal.models.club_settings import ClubSettings
from profiles.models import Brand


def brand_of(request: HttpRequest) -> Brand:
    """The brand of the request's site, else the first one, else one that is not stored."""
    site = Site.find_for_request(request)
    chosen = ClubSettings.for_site(site).brand if site else None
    return chosen or Brand.objects.order_by("pk").first() or Brand(name="Regulars", slug="regulars")


def brand_context(request: HttpRequest) -> dict[str, object]:
    """Give every template ``brand``, looked up only when it is used."""
    return {"brand": SimpleLazyObject(lambda: brand_of(request))}


def stylesheet(brand: Brand) -> str:
    """The brand's colours as custom properties, by day and by lamplight."""
    facts = BrandFacts.of(brand, "")
    by_day, by_night = _properties(light(facts)), _properties(dark(facts))
    return f":root{{{by_day}}}@media(prefers-color-scheme:dark){{:root{{{by_night}}}}}"


def stylesheet_url(brand: Brand) -> str:
    """The stylesheet's address; it changes with the colours, so that it may be kept for ever."""
    version = hashlib.sha256(stylesheet(brand).encode()).hexdigest()[:8]
    return f"{reverse('portal:brand_css', args=[brand.slug])}?v={version}"


def _properties(palette: Palette) -> str:
    return "".join(
        f"--{name.replace('_', '-')}:{value};"
        for name, value in vars(palette).items()
        if value.startswith("#")
    )
