"""Days of the week as boxes to tick; kept as the digits 1 (Monday) to 7."""

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS_ABBR

from campaigns.models.campaigns import EVERY_DAY

DAYS = [(str(number + 1), name) for number, name in sorted(WEEKDAYS_ABBR.items())]


class Weekdays(forms.CheckboxSelectMultiple):
    """Shows “135” as three ticked boxes, and reads it from them."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": "weekdays", **(attrs or {})}, choices=DAYS)

    def format_value(self, value: Any) -> list[str]:
        """The ticked days."""
        return list(value or "")

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        """The ticked days as digits in their order; empty when none is ticked."""
        ticked = super().value_from_datadict(data, files, name) or []
        return "".join(day for day in EVERY_DAY if day in ticked)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Boxes have no length."""
        kept = {key: given for key, given in (attrs or {}).items() if key != "maxlength"}
        self.attrs.pop("maxlength", None)
        context: dict[str, Any] = super().get_context(name, value, kept)
        return context
