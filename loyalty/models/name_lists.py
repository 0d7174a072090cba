"""A field that holds a few names; staff write one on each line."""

from typing import Any

from django import forms
from django.db import models


class LinesField(forms.CharField):
    """One name on each line; empty lines and repetitions are left out."""

    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        """Show a list as lines."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Read lines as a list."""
        lines = value if isinstance(value, list) else str(value or "").splitlines()
        return list(dict.fromkeys(line for line in (str(each).strip() for each in lines) if line))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the lists, not their texts."""
        return bool(self.to_python(initial) != self.to_python(data))


class NameListField(models.JSONField):
    """A list of names, empty by default."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"default": list, "blank": True, **kwargs})

    def formfield(self, **kwargs: Any) -> Any:
        """Ask for one name on each line."""
        return models.Field.formfield(self, form_class=LinesField, **kwargs)
