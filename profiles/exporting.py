"""Members as rows of text with the columns one chose; the only writer of MemberExport.

Rows come from the database a few at a time, so that memory stays flat. Every export is on
record before its first row leaves.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from profiles.models import Brand, Member, MemberExport, User

COLUMNS: Final = (
    "public_id",
    "email",
    "first_name",
    "last_name",
    "phone",
    "language",
    "status",
    "source",
    "created_at",
    "joined_at",
)
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
FETCHED: Final = 2_000  # rows a time


class UnknownColumn(ValueError):
    """A column that cannot be exported, or none at all; the message names it."""


def export_members(
    brand: Brand, columns: Iterable[str], by: User | None = None
) -> Iterator[list[str]]:
    """Record the export, then return the heading and one row per member who is not erased.

    Raises UnknownColumn. No cell is a formula to a spreadsheet.
    """
    chosen = list(dict.fromkeys(columns))
    unknown = [name for name in chosen if name not in COLUMNS]
    if unknown or not chosen:
        raise UnknownColumn(f"No such column: {', '.join(unknown) or 'none is chosen'}.")
    MemberExport.objects.create(brand=brand, columns=chosen, started_by=by)
    return _rows(brand, chosen)


def defused(cell: Any) -> str:
    """A cell as text that no spreadsheet takes for a formula; moments are ISO 8601 in UTC."""
    if cell is None:
        return ""
    text = cell.isoformat() if hasattr(cell, "isoformat") else str(cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _rows(brand: Brand, columns: list[str]) -> Iterator[list[str]]:
    yield columns
    members = Member.objects.filter(account__brand=brand).exclude(status=Member.Status.ERASED)
    for row in members.order_by("pk").values_list(*columns).iterator(chunk_size=FETCHED):
        yield [defused(cell) for cell in row]
