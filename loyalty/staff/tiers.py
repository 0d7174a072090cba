"""Tiers: the ladder, how it counts, and how many would stand where by other thresholds."""

from collections import Counter
from copy import copy
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import EditView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button, HeaderButton

from loyalty import tiers
from loyalty.models import Tier, TierScheme, TierStanding
from loyalty.staff import may
from loyalty.staff.forms import SettledForm
from loyalty.staff.screens import BrandScreen
from loyalty.staff.urls import here
from profiles.localised import localise
from profiles.models import Account


def _name(tier: Tier) -> str:
    return localise(tier.name, "en") or tier.key


class PreviewedView(EditView):
    """A form with the way to the preview."""

    @cached_property
    def header_buttons(self) -> list[Button]:
        """Preview."""
        url = f"{here('tier_preview')}?brand={self.object.brand_id}"
        return [HeaderButton(_("Preview"), url, icon_name="view")]


class TierSchemeViewSet(ModelViewSet):
    """How a brand counts towards its tiers."""

    model = TierScheme
    icon = "order-up"
    menu_label = gettext_lazy("Counting for tiers")
    add_to_reference_index = False
    copy_view_enabled = False
    edit_view_class = PreviewedView
    list_display = [
        TitleColumn("brand", label=gettext_lazy("Club"), url_name="tierscheme:edit"),
        Column("window", label=gettext_lazy("What counts"), accessor="get_window_display"),
        Column("grace_days", label=gettext_lazy("Grace in days")),
    ]
    edit_handler = ObjectList(
        [
            FieldPanel("brand"),
            FieldRowPanel([FieldPanel("window"), FieldPanel("rolling_days")]),
            FieldRowPanel(
                [
                    FieldPanel(
                        "grace_days",
                        help_text=gettext_lazy("How long a tier stays that is no longer earned."),
                    ),
                    FieldPanel("warning_days"),
                ]
            ),
        ],
        base_form_class=SettledForm,
    )


class TierViewSet(ModelViewSet):
    """The steps of the ladder, with what they bring."""

    model = Tier
    icon = "crosshairs"
    menu_label = gettext_lazy("Tiers")
    add_to_reference_index = False
    copy_view_enabled = False
    edit_view_class = PreviewedView
    ordering = ["brand", "rank"]
    list_display = [
        TitleColumn("name", label=gettext_lazy("Name"), accessor=_name, url_name="tier:edit"),
        Column("rank", label=gettext_lazy("Rank"), sort_key="rank"),
        Column(
            "threshold",
            label=gettext_lazy("Reached with"),
            accessor=lambda tier: f"{tier.threshold:,}",
            sort_key="threshold",
        ),
        Column("brand", label=gettext_lazy("Club")),
    ]
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            FieldRowPanel(
                [
                    FieldPanel(
                        "threshold",
                        help_text=gettext_lazy(
                            "Points that count towards the tier. 0: everybody has it."
                        ),
                    ),
                    FieldPanel("rank", help_text=gettext_lazy("The base tier has the lowest.")),
                ]
            ),
            FieldPanel(
                "benefits", help_text=gettext_lazy("Members read it. One benefit on each line.")
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("brand"), FieldPanel("key")]),
                    FieldRowPanel([FieldPanel("colour"), FieldPanel("picture")]),
                ],
                heading=gettext_lazy("Look and name in rules"),
            ),
        ],
        base_form_class=SettledForm,
    )


class ThresholdsForm(forms.Form):
    """A threshold for each tier of a ladder, as they are unless told otherwise."""

    def __init__(self, ladder: list[Tier], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ladder = ladder
        for tier in ladder:
            self.fields[f"t{tier.pk}"] = forms.IntegerField(
                label=_name(tier), min_value=0, initial=tier.threshold
            )

    def clean(self) -> dict[str, Any]:
        """A higher tier needs a higher threshold."""
        data: dict[str, Any] = super().clean() or {}
        before = -1
        for tier in self.ladder:
            threshold = data.get(f"t{tier.pk}")
            if threshold is None:
                continue
            if threshold <= before:
                self.add_error(f"t{tier.pk}", _("A higher tier needs a higher threshold."))
            before = threshold
        return data

    def changed(self) -> list[Tier]:
        """The ladder with these thresholds, unsaved."""
        ladder = [copy(tier) for tier in self.ladder]
        for tier in ladder:
            tier.threshold = self.cleaned_data[f"t{tier.pk}"]
        return ladder


@dataclass(frozen=True)
class Step:
    """A tier, how many households stand on it, and how many would."""

    name: str
    now: int
    then: int

    @property
    def change(self) -> str:
        """How many more or fewer."""
        return f"{self.then - self.now:+,}" if self.then != self.now else "0"


class TierPreview(BrandScreen):
    """How many would stand on each tier; nothing is written."""

    page_title = gettext_lazy("Preview of tiers")
    header_icon = "view"
    permissions = (may.LOOK_AT_TIERS,)
    template_name = "loyalty/staff/tier_preview.html"

    @cached_property
    def ladder(self) -> list[Tier]:
        """The brand's tiers, the lowest first."""
        return list(Tier.objects.filter(brand=self.brand).order_by("rank"))

    def crumbs(self) -> list[tuple[str, str]]:
        """All tiers."""
        return [(reverse("tier:index"), _("Tiers"))]

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """The ladder as it is, or by the thresholds that the address brings."""
        asked = any(name.startswith("t") for name in self.request.GET)
        form = ThresholdsForm(self.ladder, self.request.GET if asked else None)
        ladder = self.ladder
        if asked and not form.is_valid():
            return self.shown(form=form, steps=[])
        if asked:
            ladder = form.changed()
        return self.shown(form=form, steps=self._steps(ladder))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whether the brand counts at all."""
        context: dict[str, Any] = super().get_context_data(scheme=self.scheme, **kwargs)
        return context

    @cached_property
    def scheme(self) -> TierScheme | None:
        """How the brand counts, once that is settled."""
        return TierScheme.objects.filter(brand=self.brand).select_related("brand").first()

    def _steps(self, ladder: list[Tier]) -> list[Step]:
        if self.scheme is None:
            return []
        standings = TierStanding.objects.filter(account__brand=self.brand)
        there = standings.values_list("tier__key").annotate(count=Count("pk"))
        now = Counter({key or "": count for key, count in there})
        now[""] += Account.objects.filter(brand=self.brand).count() - now.total()
        then = Counter(now)
        for (old, new), count in tiers.preview(self.scheme, ladder).items():
            then[old] -= count
            then[new] += count
        steps = [Step(_name(tier), now[tier.key], then[tier.key]) for tier in ladder]
        if now[""] or then[""]:
            steps.insert(0, Step(_("No tier"), now[""], then[""]))
        return steps
