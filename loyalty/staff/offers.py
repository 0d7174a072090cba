"""Offers: what a voucher is worth, for which articles, how often, and together with what."""

from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    MultiFieldPanel,
    ObjectList,
)
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.snippets.views.snippets import SnippetViewSet

from loyalty.models import Offer
from loyalty.staff.articles import ArticleInput
from loyalty.staff.forms import LinesPanel, SettledForm


def value_in_words(offer: Offer) -> str:
    """What the offer is worth, as staff say it."""
    if offer.kind == Offer.Kind.PERCENT:
        return _("%(percent)s %% off") % {"percent": offer.percent}
    if offer.kind == Offer.Kind.AMOUNT:
        money = f"{(offer.amount_minor or 0) / 100:,.2f} {offer.currency}"
        return _("%(money)s off") % {"money": money}
    return _("free")


def span_in_words(offer: Offer) -> str:
    """From when to when the offer holds."""
    days = (timezone.localtime(moment) for moment in (offer.valid_from, offer.valid_until))
    return " – ".join(date_format(day, "j M Y") for day in days)


class OfferForm(SettledForm):
    """An offer with its articles, which are of its own club."""

    def clean(self) -> dict[str, Any]:
        """Refuse a currency or an article of another club."""
        data: dict[str, Any] = super().clean()
        brand = data.get("brand")
        if brand is None:
            return data
        if data.get("currency") and data["currency"] != brand.currency:
            self.add_error(
                "currency", _("The club counts in %(currency)s.") % {"currency": brand.currency}
            )
        return data

    def is_valid(self) -> bool:
        """Check the articles as well, once the club is known."""
        valid: bool = super().is_valid()
        brand = self.cleaned_data.get("brand") if hasattr(self, "cleaned_data") else None
        if brand is None:
            return valid
        for line in self._lines():
            product = line.cleaned_data.get("product")
            if product and product.brand_id != brand.pk:
                line.add_error("product", _("This article belongs to another club."))
                valid = False
        return valid

    def _lines(self) -> list[Any]:
        sets = (self.formsets[name] for name in ("scopes", "offerproduct_set"))
        return [line for each in sets for line in each.forms if hasattr(line, "cleaned_data")]


class OfferViewSet(SnippetViewSet):
    """Offers, with what they are worth and how long they hold."""

    model = Offer
    icon = "tag"
    menu_label = gettext_lazy("Offers")
    add_to_admin_menu = False
    list_filter = ["kind"]
    search_fields = ["key", "title"]
    list_display = [
        TitleColumn(
            "__str__", label=gettext_lazy("Title"), url_name="wagtailsnippets_loyalty_offer:edit"
        ),
        Column("value", label=gettext_lazy("Worth"), accessor=value_in_words),
        Column(
            "valid_until",
            label=gettext_lazy("Valid"),
            accessor=span_in_words,
            sort_key="valid_until",
        ),
    ]
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [FieldPanel("title"), FieldPanel("description"), FieldPanel("terms")],
                heading=gettext_lazy("What members read"),
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("kind"), FieldPanel("percent")]),
                    FieldRowPanel(
                        [
                            FieldPanel(
                                "amount_minor",
                                heading=gettext_lazy("Amount"),
                                help_text=gettext_lazy("In cents: 250 is 2.50."),
                            ),
                            FieldPanel("currency"),
                        ]
                    ),
                    FieldPanel(
                        "max_discount_minor", heading=gettext_lazy("Most that it takes off")
                    ),
                ],
                heading=gettext_lazy("Worth"),
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("valid_from"), FieldPanel("valid_until")]),
                    FieldRowPanel([FieldPanel("brand"), FieldPanel("key"), FieldPanel("picture")]),
                ],
                heading=gettext_lazy("When and where"),
            ),
            MultiFieldPanel(
                [
                    FieldPanel("minimum_minor", heading=gettext_lazy("Smallest basket")),
                    FieldRowPanel(
                        [
                            FieldPanel("uses_per_voucher"),
                            FieldPanel("per_member_limit"),
                            FieldPanel("overall_limit"),
                        ]
                    ),
                    FieldPanel("comes_back", heading=gettext_lazy("Comes back with a return")),
                ],
                heading=gettext_lazy("Limits"),
            ),
            MultiFieldPanel(
                [FieldRowPanel([FieldPanel("combines"), FieldPanel("stacking_order")])],
                heading=gettext_lazy("Together with other vouchers"),
            ),
            LinesPanel(
                "offerproduct_set",
                heading=gettext_lazy("Articles it counts for"),
                label=gettext_lazy("article"),
                help_text=gettext_lazy(
                    "For all articles, when nothing is named here or included below."
                ),
                panels=[
                    FieldPanel(
                        "product", heading=gettext_lazy("Article number"), widget=ArticleInput
                    )
                ],
            ),
            LinesPanel(
                "scopes",
                heading=gettext_lazy("Categories it counts for, and what it never counts for"),
                label=gettext_lazy("line"),
                help_text=gettext_lazy(
                    "Name one thing on each line: an article, a category or a department."
                ),
                panels=[
                    FieldPanel("is_excluded", heading=gettext_lazy("Never for this")),
                    FieldRowPanel(
                        [
                            FieldPanel("category"),
                            FieldPanel("department"),
                            FieldPanel(
                                "product",
                                heading=gettext_lazy("Article number"),
                                widget=ArticleInput,
                            ),
                        ]
                    ),
                ],
            ),
        ],
        base_form_class=OfferForm,
    )
