"""Who keeps what of a member, why, how long, and how it is handed out or erased.

Each table that holds something of a member is a ``Holding``. Apps above register theirs; a test
fails for a table that leads to a member and has none. The register page, the member's copy of
their data and the erasure all read this one list.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q, QuerySet, TextChoices, TextField
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from profiles.models import Card, Member

Text = str | Promise
Row = Mapping[str, Any]


class Basis(TextChoices):
    """What allows a company to keep personal data (GDPR, article 6)."""

    CONSENT = "consent", _("Consent")
    CONTRACT = "contract", _("Contract of membership")
    LAW = "law", _("Legal obligation")
    INTEREST = "interest", _("Legitimate interest")


@dataclass(frozen=True)
class Holding:
    """One table: ``title`` and ``why`` for people; ``kept`` says how long.

    ``export`` gives a member's rows; without it the table repeats what another one hands out, or
    says nothing of the member. ``erase`` leaves nothing in it that tells who somebody is; without
    it the rows hold ids and figures alone. ``forget`` removes what has been kept long enough by a
    moment, and says how much that was.
    """

    model: str
    title: Text
    why: Text
    basis: Basis
    kept: Text
    export: Callable[[Member], Iterable[Row]] | None = None
    erase: Callable[[Member], object] | None = None
    forget: Callable[[datetime], int] | None = None

    @property
    def label(self) -> str:
        """The table's label, as in ``profiles.Member``."""
        return self.model


_holdings: dict[str, Holding] = {}


def register(holdings: Iterable[Holding]) -> None:
    """Add tables; registering one again replaces it."""
    _holdings.update({holding.model: holding for holding in holdings})


def holdings() -> list[Holding]:
    """Every table, those of this app first: the others lean on it."""
    return sorted(_holdings.values(), key=lambda one: not one.model.startswith("profiles."))


def model_of(holding: Holding) -> type[Model]:
    """The table as a model."""
    return apps.get_model(holding.model)


def forget_old(now: datetime) -> dict[str, int]:
    """Remove what has been kept long enough; how much it was, by table."""
    return {one.model: one.forget(now) for one in holdings() if one.forget}


def export(member: Member) -> dict[str, list[dict[str, Any]]]:
    """All that is kept of a member, by table, ready for JSON."""
    found = {
        holding.model: [dict(row) for row in holding.export(member)]
        for holding in holdings()
        if holding.export
    }
    plain: dict[str, list[dict[str, Any]]] = json.loads(json.dumps(found, cls=DjangoJSONEncoder))
    return plain


def sections(member: Member) -> list[tuple[Holding, list[str], list[list[str]]]]:
    """The same for people: each table with its columns and rows; empty ones are left out."""
    parts = []
    for holding in holdings():
        rows = [dict(row) for row in holding.export(member)] if holding.export else []
        if rows:
            columns = list(dict.fromkeys(name for row in rows for name in row))
            parts.append((holding, columns, [[said(row.get(c)) for c in columns] for row in rows]))
    return parts


def identifiers(member: Member) -> list[str]:
    """What tells who a member is wherever it is repeated: addresses, telephone, card numbers."""
    told = [member.email, member.email_key, member.phone, member.phone_key]
    cards = Card.objects.filter(member=member).values_list("number", flat=True)
    return list(dict.fromkeys(text for text in (*told, *cards) if text))


def repeating(rows: QuerySet[Any], column: str, member: Member) -> QuerySet[Any]:
    """The rows whose JSON or text repeats something that tells who the member is."""
    found = Q()
    for text in identifiers(member):
        found |= Q(as_text__icontains=text)
    there: QuerySet[Any] = rows.annotate(as_text=Cast(column, TextField())).filter(found)
    if not found:
        return rows.none()
    return there


def said(value: Any) -> str:
    """A value as one reads it; empty where there is none."""
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
