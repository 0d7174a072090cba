"""What the rows of a segment refer to, by name; a reference that leads nowhere is a problem."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from campaigns.segments.tree import Row
from loyalty.models import Product
from profiles.models import Brand, Choice, MemberList, Question, Topic


@dataclass(frozen=True)
class Names:
    """The names behind the references, by kind of row and stored value."""

    known: dict[tuple[str, str], str]

    def of(self, row: Row) -> str:
        """The name of what a row refers to; empty when there is no such thing."""
        return self.known.get((_realm(row), str(row.value.get(FIELDS[row.kind]) or "")), "")


# The value of a row that refers to something.
FIELDS = {
    "answer": "choice",
    "answered": "question",
    "topic": "topic",
    "purchase": "value",
    "member_list": "member_list",
    "language": "language",
}
MISSING = {
    "answer": "an answer",
    "answered": "a question",
    "topic": "a topic",
    "department": "a department",
    "category": "a category",
    "member_list": "a list",
    "language": "a language",
}


def names_for(brand: Brand, rows: Iterable[Row]) -> Names:
    """Look up every reference, in one query per kind that occurs."""
    wanted: dict[str, set[str]] = {}
    for row in rows:
        value = row.value.get(FIELDS[row.kind])
        wanted.setdefault(_realm(row), set()).add(str(value or ""))
    known: dict[tuple[str, str], str] = {("anything", ""): "anything"}
    for realm, values in wanted.items():
        look_up = _LOOK_UPS.get(realm)
        if look_up:
            known |= {(realm, value): name for value, name in look_up(brand, values).items()}
    return Names(known)


def problems(rows: Iterable[Row], names: Names) -> list[str]:
    """What is wrong with the rows, each problem named by its place in reading order."""
    found = []
    for place, row in enumerate(rows, start=1):
        if _realm(row) == "anything" or names.of(row):
            continue
        value = row.value.get(FIELDS[row.kind])
        what = MISSING[_realm(row)]
        found.append(
            f"Row {place} refers to {what} that does not exist: “{value}”."
            if value
            else f"Row {place} does not say which: choose {what}."
        )
    return found


def _realm(row: Row) -> str:
    """The kind of the row; for purchases, whether a department or a category is meant."""
    return str(row.value.get("what") or "anything") if row.kind == "purchase" else row.kind


def _by_id(rows: QuerySet[Any], values: set[str]) -> dict[str, str]:
    ids = [int(value) for value in values if value.isdigit()]
    return {str(row.pk): str(row) for row in rows.filter(pk__in=ids)}


def _choices(brand: Brand, values: set[str]) -> dict[str, str]:
    choices = Choice.objects.filter(question__group__brand=brand).select_related("question")
    ids = [int(value) for value in values if value.isdigit()]
    return {str(row.pk): f"{row.question}: {row}" for row in choices.filter(pk__in=ids)}


def _products(field: str) -> Callable[[Brand, set[str]], dict[str, str]]:
    def look_up(brand: Brand, values: set[str]) -> dict[str, str]:
        products = Product.objects.filter(brand=brand, **{f"{field}__in": values - {""}})
        return {name: name for name in products.values_list(field, flat=True).distinct()}

    return look_up


_LOOK_UPS: dict[str, Callable[[Brand, set[str]], dict[str, str]]] = {
    "answer": _choices,
    "answered": lambda brand, ids: _by_id(Question.objects.filter(group__brand=brand), ids),
    "topic": lambda brand, ids: _by_id(Topic.objects.filter(brand=brand), ids),
    "member_list": lambda brand, ids: _by_id(MemberList.objects.filter(brand=brand), ids),
    "department": _products("department"),
    "category": _products("category"),
    "language": lambda _brand, codes: {
        code: name for code, name in settings.LANGUAGES if code in codes
    },
}
