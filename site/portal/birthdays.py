"""A birthday as three fields, each of them optional until one is filled."""

from datetime import date
from typing import Any

from django import forms
from django.utils.dates import MONTHS
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

LEAP_YEAR = 2000
OLDEST = 1900

Birthday = tuple[int, int, int | None]


class BirthdayMixin(forms.Form):
    """Adds day, month and year; ``birthday()`` joins them once the form is valid."""

    birth_day = forms.IntegerField(label=_("Day"), required=False, min_value=1, max_value=31)
    birth_month = forms.TypedChoiceField(
        label=_("Month"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "—"), *MONTHS.items()],
    )
    birth_year = forms.IntegerField(label=_("Year"), required=False, min_value=OLDEST)

    def clean(self) -> dict[str, Any]:
        """Refuse half a birthday, a day that does not exist, and one still to come."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        day, month, year = (cleaned.get(f"birth_{part}") for part in ("day", "month", "year"))
        if not (day or month or year) or self.errors:
            return cleaned
        if not (day and month):
            self.add_error("birth_day", _("We need the day and the month; the year is up to you."))
        elif not _exists(day, month, year):
            self.add_error("birth_day", _("This day is not in the calendar."))
        return cleaned

    def birthday(self) -> Birthday | None:
        """Month, day and perhaps the year, or nothing."""
        told = self.cleaned_data
        if not (told.get("birth_day") and told.get("birth_month")):
            return None
        return told["birth_month"], told["birth_day"], told.get("birth_year")


def _exists(day: int, month: int, year: int | None) -> bool:
    try:
        return date(year or LEAP_YEAR, month, day) <= localdate()
    except ValueError:
        return False
