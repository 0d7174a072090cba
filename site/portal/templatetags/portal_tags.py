"""What the portal's templates need beyond Django's own tags."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import segno
from babel.numbers import format_currency
from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from wagtail.models import Page

from loyalty.models import RewardAmount
from portal import code128
from portal.brand_of import stylesheet_url
from portal.signed_in_by_link import who_is_here
from profiles.localised import localise
from profiles.models import Brand, Member

register = template.Library()
WEEK = 7  # days


@register.simple_tag
def picture(name: str, label: str = "") -> SafeString:
    """One of the club's illustrations; without a label it is decoration."""
    href = f"{static('portal/pictures.svg')}#{name or 'basket'}"
    if label:
        return format_html(
            '<svg role="img" aria-label="{}" viewBox="0 0 96 96"><use href="{}"/></svg>',
            label,
            href,
        )
    return format_html('<svg aria-hidden="true"><use href="{}"/></svg>', href)


@register.simple_tag
def brand_stylesheet(brand: Brand) -> str:
    """The address of the brand's colours."""
    return stylesheet_url(brand)


@register.filter
def localised(texts: dict[str, str]) -> str:
    """The text in the page's language."""
    return localise(texts, get_language() or "en")


@register.simple_tag
def qr(text: str, label: str) -> SafeString:
    """A QR code as an inline picture that needs no style of its own."""
    svg = segno.make(text, error="m", micro=False).svg_inline(
        omitsize=True, border=2, dark="#22201C", light="#FFFFFF", svgclass=None, lineclass=None
    )
    # The drawing is segno's own; only the label comes from elsewhere.
    return format_html('<div class="qr" role="img" aria-label="{}">{}</div>', label, mark_safe(svg))  # noqa: S308


@register.simple_tag
def barcode(text: str, label: str) -> SafeString:
    """A code as Code 128; nothing when it holds letters that tills' scanners do not read."""
    try:
        across, bars = code128.drawing(text)
    except ValueError:
        return mark_safe("")
    return format_html(
        '<div class="barcode" role="img" aria-label="{}"><svg viewBox="0 0 {} 1"'
        ' preserveAspectRatio="none" shape-rendering="crispEdges" aria-hidden="true">'
        '<path d="{}"/></svg></div>',
        label,
        across,
        bars,
    )


@register.filter
def in_fours(number: str) -> str:
    """A card number in groups that can be read aloud."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


@register.filter
def worth(amount: RewardAmount) -> str:
    """What an amount of a reward gives: its own words, else its money, else the reward."""
    if said := localised(amount.label):
        return said
    if amount.value_minor is None:
        return localised(amount.reward.title)
    return money(amount.value_minor, amount.currency)


@register.filter
def money(minor: int, currency: str) -> str:
    """An amount of minor units as the reader writes it."""
    return format_currency(Decimal(minor) / 100, currency, locale=get_language() or "en")


@register.filter
def unsigned(points: int) -> str:
    """A number without its sign, which the page sets itself: a true minus, not a hyphen."""
    return intcomma(abs(points))


@register.filter
def day(moment: datetime, brand: Brand) -> str:
    """A day where the shop stands, as one would write it; this year's needs no year."""
    zone = ZoneInfo(brand.time_zone)
    there, today = moment.astimezone(zone), timezone.now().astimezone(zone)
    style = "MONTH_DAY_FORMAT" if there.year == today.year else "DATE_FORMAT"
    return formats.date_format(there, style)


@register.filter
def near_day(moment: datetime, brand: Brand) -> str:
    """A day ahead in words: today, tomorrow, a weekday of this week, else its date."""
    zone = ZoneInfo(brand.time_zone)
    there, today = moment.astimezone(zone), timezone.now().astimezone(zone)
    days = (there.date() - today.date()).days
    if days in (0, 1):
        return _("tomorrow") if days else _("today")
    return formats.date_format(there, "l") if 1 < days < WEEK else day(moment, brand)


@register.filter
def short_day(moment: datetime, brand: Brand) -> str:
    """A day for a narrow column of a statement."""
    zone = ZoneInfo(brand.time_zone)
    there, today = moment.astimezone(zone), timezone.now().astimezone(zone)
    month_first = formats.get_format("MONTH_DAY_FORMAT").startswith("F")
    style = "M j" if month_first else "j M"
    return formats.date_format(there, style if there.year == today.year else f"{style} Y")


@register.filter
def days_left(moment: datetime) -> str:
    """How long something still holds, in words."""
    days = (moment - timezone.now()).days
    if days < 1:
        return _("ends today")
    return ngettext("one more day", "%(days)s more days", days) % {"days": days}


@register.simple_tag(takes_context=True)
def in_other_languages(context: dict[str, Any]) -> list[dict[str, Any]]:
    """The page's translations, the page itself included, for the language switch."""
    page = context.get("page")
    if not isinstance(page, Page):
        return []
    pages = [page, *page.get_translations().live().select_related("locale")]
    rows = [
        {
            "code": one.locale.language_code,
            "name": one.locale.get_display_name(),
            "url": one.get_url(context.get("request")),
            "current": one.pk == page.pk,
        }
        for one in pages
    ]
    return sorted(rows, key=lambda row: str(row["code"])) if len(rows) > 1 else []


@register.simple_tag(takes_context=True)
def signed_in(context: dict[str, Any]) -> Member | None:
    """The member who is signed in; a visitor without a session costs no query."""
    request = context.get("request")
    return who_is_here(request) if isinstance(request, HttpRequest) else None


@register.simple_tag(takes_context=True)
def shop_pages(context: dict[str, Any]) -> dict[str, Any]:
    """Home, the page to join on, and the pages of the menu, in the reader's language."""
    from portal.club_pages import home_of, join_page_of
    from portal.models import JoinPage, LandingPage

    home = home_of(context["request"])
    if home is None:
        return {"home": "/", "join": "", "menu": [], "more": []}
    join = join_page_of(home)
    request = context["request"]
    pages = [
        {"title": one.title, "url": one.get_url(request), "in_menu": one.show_in_menus}
        for one in home.get_children().live().not_exact_type(JoinPage, LandingPage)
    ]
    return {
        "home": home.get_url(request),
        "join": join.get_url(request) if join else "",
        "menu": [one for one in pages if one["in_menu"]],
        "more": [one for one in pages if not one["in_menu"]],
    }
