"""Short texts that exist in several languages, kept as ``{"en": "…", "es": "…"}``.

A model declares ``LocalisedTextField``; a form shows one input per site language; ``localise``
picks the best text for a reader.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


def localise(texts: Mapping[str, str] | None, language: str) -> str:
    """Return the text for ``language``, else its base language, else the site's, else any."""
    if not texts:
        return ""
    for code in (language, language.partition("-")[0], settings.LANGUAGE_CODE):
        if texts.get(code):
            return texts[code]
    return next((text for text in texts.values() if text), "")


class LocalisedTextWidget(forms.MultiWidget):
    """One input per site language, the language's code as its placeholder."""

    def __init__(self, rows: int = 1, attrs: dict[str, Any] | None = None) -> None:
        self.codes = [code for code, _name in settings.LANGUAGES]
        super().__init__(
            {
                code: forms.Textarea({"rows": rows, "placeholder": name, "lang": code})
                if rows > 1
                else forms.TextInput({"placeholder": name, "lang": code})
                for code, name in settings.LANGUAGES
            },
            attrs,
        )

    def decompress(self, value: Any) -> list[str]:
        """Split the stored mapping into one value per input."""
        texts = value if isinstance(value, Mapping) else {}
        return [texts.get(code, "") for code in self.codes]


class LocalisedTextFormField(forms.MultiValueField):
    """A mapping of language to text; the site's own language is the one that must be there."""

    default_error_messages = {"missing": _("Write the text in the first language at least.")}

    def __init__(self, *, rows: int = 1, **kwargs: Any) -> None:
        for unused in ("encoder", "decoder", "max_length"):
            kwargs.pop(unused, None)
        kwargs["widget"] = LocalisedTextWidget(rows)
        fields = [forms.CharField(required=False) for _code in settings.LANGUAGES]
        super().__init__(fields, require_all_fields=False, **kwargs)

    def compress(self, data_list: Sequence[str]) -> dict[str, str]:
        """Join the inputs into the stored mapping, leaving out empty languages."""
        codes = [code for code, _name in settings.LANGUAGES]
        return {code: text for code, text in zip(codes, data_list, strict=False) if text}

    def clean(self, value: Any) -> dict[str, str]:
        """Refuse a mapping without the site's own language when the field is required."""
        texts: dict[str, str] = super().clean(value) or {}
        if self.required and not texts.get(settings.LANGUAGE_CODE):
            raise ValidationError(self.error_messages["missing"], code="missing")
        return texts

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare by language, so that an empty input equals a missing language."""
        new = self.compress(data) if isinstance(data, (list, tuple)) else (data or {})
        return (initial or {}) != new


class LocalisedTextField(models.JSONField):
    """``{"en": "…", "es": "…"}``; read it with :func:`localise`."""

    def __init__(self, *args: Any, rows: int = 1, **kwargs: Any) -> None:
        self.rows = rows
        kwargs.setdefault("default", dict)
        super().__init__(*args, **kwargs)

    def formfield(self, **kwargs: Any) -> Any:
        """One input per language instead of raw JSON."""
        options = {
            "required": not self.blank,
            "label": kwargs.get("label", str(self.verbose_name).capitalize()),
            "help_text": kwargs.get("help_text", self.help_text),
        }
        return LocalisedTextFormField(rows=self.rows, **options)
