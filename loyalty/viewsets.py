"""Offers and earning rules in the staff site."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, ObjectList
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from loyalty.models import EarnRule, Offer


def value_in_words(offer: Offer) -> str:
    """What the offer is worth, as staff say it."""
    if offer.kind == Offer.Kind.PERCENT:
        return f"{offer.percent} % off"
    if offer.kind == Offer.Kind.AMOUNT:
        return f"{(offer.amount_minor or 0) / 100:,.2f} {offer.currency} off"
    return "free"


def span_in_words(offer: Offer) -> str:
    """From when to when the offer holds."""
    days = (timezone.localtime(moment) for moment in (offer.valid_from, offer.valid_until))
    return " – ".join(date_format(day, "j M Y") for day in days)


class OfferViewSet(SnippetViewSet):
    """Offers, with what they are worth and how long they hold."""

    model = Offer
    icon = "tag"
    menu_label = _("Offers")
    add_to_admin_menu = False
    list_filter = ["kind"]
    search_fields = ["key", "title"]
    list_display = [
        TitleColumn("__str__", label=_("Title"), url_name="wagtailsnippets_loyalty_offer:edit"),
        Column("value", label=_("Worth"), accessor=value_in_words),
        Column("valid_until", label=_("Valid"), accessor=span_in_words, sort_key="valid_until"),
    ]
    edit_handler = ObjectList(
        [
            FieldPanel("title"),
            FieldPanel("description"),
            FieldPanel("terms"),
            FieldRowPanel([FieldPanel("kind"), FieldPanel("percent")]),
            FieldRowPanel(
                [
                    FieldPanel(
                        "amount_minor", heading=_("Amount"), help_text=_("In cents: 250 is 2.50.")
                    ),
                    FieldPanel("currency"),
                ]
            ),
            FieldRowPanel([FieldPanel("valid_from"), FieldPanel("valid_until")]),
            FieldRowPanel([FieldPanel("brand"), FieldPanel("key"), FieldPanel("picture")]),
            FieldPanel("uses_per_voucher"),
        ]
    )


class EarnRuleViewSet(ModelViewSet):
    """Rules by which purchases earn points; a change is a new rule."""

    model = EarnRule
    icon = "pick"
    menu_label = _("Earning rules")
    list_display = ["name", "points", "per_minor", "valid_from", "valid_until"]
    panels = [
        FieldRowPanel([FieldPanel("name"), FieldPanel("brand")]),
        FieldRowPanel(
            [
                FieldPanel("points"),
                FieldPanel("per_minor", heading=_("For so many cents")),
            ]
        ),
        FieldRowPanel([FieldPanel("pending_days"), FieldPanel("valid_days")]),
        FieldRowPanel([FieldPanel("valid_from"), FieldPanel("valid_until")]),
    ]


class LoyaltyGroup(SnippetViewSetGroup):
    """The menu about points and offers."""

    items = (OfferViewSet, EarnRuleViewSet)
    menu_icon = "tag"
    menu_label = _("Loyalty")
    menu_name = "loyalty"
    menu_order = 120
