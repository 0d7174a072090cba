"""Plastic cards: batches for the printer, and how many of each are in use."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from loyalty.staff import may
from loyalty.staff.money import csv_answer
from loyalty.staff.screens import BrandScreen, Screen
from loyalty.staff.urls import here
from profiles import cards
from profiles.models import CardBatch


class BatchForm(forms.Form):
    """How many cards, and for what."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("As in “Spring, for the shops in the north”."),
    )
    count = forms.IntegerField(
        label=gettext_lazy("Cards"),
        min_value=1,
        max_value=cards.MOST_CARDS,
        help_text=gettext_lazy("Their numbers are random EAN-13 codes that share a prefix."),
    )


class CardBatches(BrandScreen):
    """All batches of a brand, and making one."""

    page_title = gettext_lazy("Plastic cards")
    header_icon = "clipboard-list"
    permissions = (may.LOOK_AT_CARDS,)
    template_name = "loyalty/staff/card_batches.html"

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Show them."""
        return self.shown(form=BatchForm())

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Make a batch."""
        if not request.user.has_perm(may.ISSUE_CARDS):
            raise PermissionDenied
        form = BatchForm(request.POST)
        if not form.is_valid():
            return self.shown(form=form)
        told = form.cleaned_data
        batch = cards.issue_batch(self.brand, told["count"], told["name"], self.who)
        messages.success(request, _("%(count)s cards are made.") % {"count": f"{batch.count:,}"})
        return redirect(f"{here('card_batches')}?brand={self.brand.pk}")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The batches, the youngest first, with what became of their cards."""
        batches = CardBatch.objects.filter(brand=self.brand).select_related("made_by")
        context: dict[str, Any] = super().get_context_data(
            batches=batches.annotate(
                used=Count("cards", filter=Q(cards__account__isnull=False)),
                claimed=Count("cards", filter=Q(cards__member__isnull=False)),
                blocked=Count("cards", filter=Q(cards__blocked_at__isnull=False)),
            ).order_by("-made_at", "-pk"),
            may_issue=self.who.has_perm(may.ISSUE_CARDS),
            **kwargs,
        )
        return context


class CardNumbers(Screen):
    """The numbers of a batch, for the printer."""

    permissions = (may.LOOK_AT_CARDS, may.ISSUE_CARDS)

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """One number a line, in the order of printing."""
        batch = get_object_or_404(CardBatch, pk=self.kwargs["pk"])
        rows = ([number] for number in cards.numbers_of(batch))
        return csv_answer(f"cards-{batch.prefix}", rows)
