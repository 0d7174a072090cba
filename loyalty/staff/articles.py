"""Naming an article in a form by its number, since a list of all articles would be endless."""

from typing import Any

from django import forms

from loyalty.models import Product

UNKNOWN = "?"  # before a number that no article has, so that it is never taken for a key


class ArticleInput(forms.TextInput):
    """An input for the article's number, where the field keeps the article."""

    def format_value(self, value: Any) -> str:
        """The number of the article that is meant."""
        text = str(value or "")
        if text.startswith(UNKNOWN):
            return text.removeprefix(UNKNOWN)
        return (
            str(Product.objects.filter(pk=text).values_list("sku", flat=True).first() or "")
            if (text)
            else ""
        )

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """The key of the article with the number that was typed."""
        sku = str(super().value_from_datadict(data, files, name) or "").strip()
        if not sku:
            return ""
        return Product.objects.filter(sku=sku).values_list("pk", flat=True).first() or (
            f"{UNKNOWN}{sku}"
        )
