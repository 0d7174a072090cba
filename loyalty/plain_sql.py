"""What set-based statements share that the ORM cannot write: run them, name moments in them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection


def moment(at: datetime) -> str:
    """An aware moment as a literal of the database."""
    if connection.vendor == "postgresql":
        return f"TIMESTAMPTZ '{at.isoformat()}'"
    return f"'{connection.ops.adapt_datetimefield_value(at)}'"


def run(sql: str, params: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
    """Run one statement; returns its rows, if it has any."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
        return cursor.fetchall() if cursor.description else []


def know(table: str) -> None:
    """Tell the planner what a temporary table holds. SQLite needs no telling."""
    if connection.vendor == "postgresql":
        run(f"ANALYZE {table}")
