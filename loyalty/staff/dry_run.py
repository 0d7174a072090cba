"""A dry run of an earning rule: what it would have cost over the purchases of a past span."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.widgets import AdminDateInput

from loyalty.earning.trial import Cost, trial
from loyalty.models import EarnRule
from loyalty.staff import may
from loyalty.staff.screens import Screen
from loyalty.staff.versions import edit_url
from profiles.member_page import Figure
from profiles.time_zones import zone_named

USUAL_DAYS = 90
MOST_DAYS = 366


class SpanForm(forms.Form):
    """The days to try, both included."""

    since = forms.DateField(label=gettext_lazy("From"), widget=AdminDateInput)
    until = forms.DateField(label=gettext_lazy("Until"), widget=AdminDateInput)

    def clean(self) -> dict[str, Any]:
        """A span that is not empty, nor longer than somebody waits for."""
        data: dict[str, Any] = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day has to come after the first one."))
        elif since and until and (until - since).days >= MOST_DAYS:
            told = _("At most %(days)s days can be tried at once.")
            self.add_error("until", told % {"days": MOST_DAYS})
        return data


class DryRun(Screen):
    """Runs the rule over past purchases; nothing is written."""

    page_title = gettext_lazy("Dry run")
    header_icon = "history"
    permissions = (may.LOOK_AT_RULES,)
    template_name = "loyalty/staff/dry_run.html"

    @cached_property
    def rule(self) -> EarnRule:
        """The rule that the address names."""
        return get_object_or_404(EarnRule.objects.select_related("brand"), pk=self.kwargs["pk"])

    def get_page_subtitle(self) -> str:
        """Which rule."""
        return str(self.rule)

    def crumbs(self) -> list[tuple[str, str]]:
        """The rule."""
        return [(edit_url(self.rule), str(self.rule))]

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Ask for the span, and tell the cost once it is named."""
        if "since" not in self.request.GET:
            return self.shown(form=SpanForm(initial=self._usual()), cost=None)
        form = SpanForm(self.request.GET)
        cost = self._cost(**form.cleaned_data) if form.is_valid() else None
        return self.shown(form=form, cost=cost)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The cost as figures and by month."""
        cost: Cost | None = kwargs["cost"]
        context: dict[str, Any] = super().get_context_data(
            rule=self.rule, figures=list(figures(cost)) if cost else [], **kwargs
        )
        return context

    def _usual(self) -> dict[str, date]:
        today = timezone.now().astimezone(zone_named(self.rule.brand.time_zone)).date()
        yesterday = today - timedelta(days=1)
        return {"since": today - timedelta(days=USUAL_DAYS), "until": yesterday}

    def _cost(self, since: date, until: date) -> Cost:
        zone = zone_named(self.rule.brand.time_zone)
        begin = datetime.combine(since, time.min, tzinfo=zone)
        end = datetime.combine(until + timedelta(days=1), time.min, tzinfo=zone)
        return trial(self.rule, begin, end)


def figures(cost: Cost) -> list[Figure]:
    """What the rule would have cost, how often, for how many, and against what was paid."""
    money = f"{cost.worth_minor / 100:,.2f} {cost.currency}"
    difference = f"{cost.difference:+,}" if cost.difference else "0"
    return [
        Figure(_("Points by this rule"), f"{cost.points:,}", _("worth %s") % money),
        Figure(_("Baskets"), f"{cost.baskets:,}"),
        Figure(_("Households"), f"{cost.accounts:,}"),
        Figure(_("By all rules"), f"{cost.total_points:,}", _("points")),
        Figure(_("Really paid"), f"{cost.paid_points:,}", _("points")),
        Figure(_("Difference"), difference, _("points to pay")),
    ]
