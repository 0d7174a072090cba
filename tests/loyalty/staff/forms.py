"""Filling the forms of the staff site the way a browser does."""

from typing import Any

from bs4 import BeautifulSoup
from django.test import Client


def filled(client: Client, url: str) -> dict[str, Any]:
    """What a browser would send of the page's form, left as it is."""
    page = BeautifulSoup(client.get(url).content, "html.parser")
    form = next(one for one in page.find_all("form", method=True) if one["method"] == "POST")
    data: dict[str, Any] = {}
    for field in form.find_all(["input", "textarea", "select"]):
        name = field.get("name")
        if name and not field.has_attr("disabled") and not field.find_parent("template"):
            _read(field, str(name), data)
    return data


def _read(field: Any, name: str, data: dict[str, Any]) -> None:
    if field.name == "select":
        chosen = field.find("option", selected=True)
        data[name] = chosen["value"] if chosen else ""
    elif field.name == "textarea":
        data[name] = field.text.strip()
    elif field.get("type") == "checkbox":
        if field.has_attr("checked"):
            data.setdefault(name, []).append(field.get("value", "on"))
    else:
        data[name] = field.get("value", "")
