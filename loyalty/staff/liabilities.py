"""What a brand owes in points as of any day: by state, by end, by age, and its worth."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.widgets import AdminDateInput
from wagtail.admin.widgets.button import HeaderButton

from loyalty import liability
from loyalty.finance_worth import money_of
from loyalty.liability import Liability
from loyalty.models import LoyaltyRules
from loyalty.month_figures import BooksDisagree
from loyalty.staff import may
from loyalty.staff.money import csv_answer, in_money, in_words
from loyalty.staff.screens import BrandScreen
from loyalty.staff.urls import here
from profiles.models import Brand
from profiles.time_zones import zone_named

AGES = {
    "0-3": gettext_lazy("up to 3 months"),
    "3-6": gettext_lazy("3 to 6 months"),
    "6-12": gettext_lazy("6 to 12 months"),
    "12+": gettext_lazy("over a year"),
}


class DayForm(forms.Form):
    """As of which day; its end counts."""

    day = forms.DateField(label=gettext_lazy("As of"), widget=AdminDateInput())

    def clean_day(self) -> date:
        """A day that has begun."""
        day: date = self.cleaned_data["day"]
        if not 2000 <= day.year or day > timezone.localdate() + timedelta(days=1):
            raise ValidationError(_("Choose a day that has begun."))
        return day


class LiabilityBooks(BrandScreen):
    """What a screen and a file about the liability have in common."""

    page_title = gettext_lazy("Liability")
    header_icon = "history"
    permissions = (may.LOOK_AT_LIABILITY,)

    @cached_property
    def form(self) -> DayForm:
        """The day that is asked for; without one, today."""
        return DayForm({"day": self.request.GET.get("day") or timezone.localdate()})

    @cached_property
    def at(self) -> datetime:
        """The last moment of that day where the brand is, or now."""
        now = timezone.now()
        if not self.form.is_valid():
            return now
        zone = zone_named(self.brand.time_zone)
        morrow = self.form.cleaned_data["day"] + timedelta(days=1)
        return min(now, datetime.combine(morrow, time.min, zone) - timedelta(microseconds=1))

    @cached_property
    def owed(self) -> Liability:
        """The liability. Raises BooksDisagree."""
        return liability.as_of(self.brand, self.at)


class LiabilityScreen(LiabilityBooks):
    """Two charts with their tables, and the estimate of breakage apart from them."""

    template_name = "loyalty/staff/liability.html"

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """The file."""
        query = f"?brand={self.brand.pk}&day={self.request.GET.get('day', '')}"
        day = query if self.form.is_valid() else f"?brand={self.brand.pk}"
        url = f"{here('liability_csv')}{day}"
        return [HeaderButton(_("Download, CSV"), url, icon_name="download")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The figures, or that the books disagree."""
        told: dict[str, Any] = {}
        try:
            told = _told(self.owed)
        except BooksDisagree as error:
            told["disagree"] = str(error)
        context: dict[str, Any] = super().get_context_data(form=self.form, **told, **kwargs)
        return context


class LiabilityCsv(LiabilityBooks):
    """The same as a file, without a name of anybody."""

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Send it."""
        if not self.form.is_valid():
            return HttpResponse(_("Choose a day that has begun."), status=400)
        day = self.form.cleaned_data["day"]
        name = f"liability-{self.brand.slug}-{day:%Y-%m-%d}"
        try:
            return csv_answer(name, liability.csv_rows(self.owed))
        except BooksDisagree as error:
            return HttpResponse(str(error), status=409, content_type="text/plain; charset=utf-8")


def _told(owed: Liability) -> dict[str, Any]:
    ends = [(in_words(end) if end else _("never"), n) for end, n in owed.by_expiry.items()]
    ages = [(str(AGES[band]), points) for band, points in owed.by_age.items()]
    estimate = owed.breakage
    return {
        "owed": owed,
        "worth": in_money(owed.worth, owed.currency),
        "figures": _figures(owed),
        "ends": [(label, points, _money(owed, points)) for label, points in ends],
        "ages": [(label, points, _money(owed, points)) for label, points in ages],
        "charts": {"ends": _short(owed), "ages": ages},
        "breakage": _money(owed, estimate.points) if estimate.points is not None else "",
        "rate": 100 * estimate.rate if estimate.rate is not None else None,
        "assumed": _assumed(owed.brand, owed),
    }


def _short(owed: Liability) -> list[tuple[str, int]]:
    """The same by end, with words that fit below a bar."""
    ends = owed.by_expiry.items()
    return [(date_format(end, "M Y") if end else _("never"), points) for end, points in ends]


def _figures(owed: Liability) -> list[tuple[str, int, str]]:
    return [
        (_("Outstanding"), owed.outstanding, _money(owed, owed.outstanding)),
        (_("To spend"), owed.active, _money(owed, owed.active)),
        (_("On their way"), owed.pending, _money(owed, owed.pending)),
        (_("Set aside"), owed.held, _money(owed, owed.held)),
        (_("Owed by members"), owed.debt, _money(owed, owed.debt)),
    ]


def _assumed(brand: Brand, owed: Liability) -> tuple[int, int, str]:
    """What the brand's own guess would make of it: per cent, points, money."""
    percent = LoyaltyRules.of(brand).breakage_percent
    points = owed.outstanding * percent // 100
    return percent, points, _money(owed, points)


def _money(owed: Liability, points: int) -> str:
    return in_money(money_of(points, owed.worth), owed.currency)
