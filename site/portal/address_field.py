"""A field for an e-mail address."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from profiles.addresses import MAX_LENGTH, InvalidAddress, normalise


class AddressField(forms.CharField):
    """Refuses what is no address at all; whether it is known is not asked here."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MAX_LENGTH, **options)

    def validate(self, value: Any) -> None:
        """Check the syntax; no DNS is asked."""
        super().validate(value)
        try:
            normalise(str(value))
        except InvalidAddress:
            message = _("This does not look like an address. Is something missing?")
            raise forms.ValidationError(message, code="invalid") from None
