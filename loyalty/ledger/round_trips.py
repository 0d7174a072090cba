"""Several statements in one round trip, where the database and its driver allow it.

PostgreSQL runs them one after the other, each seeing what the one before has done, and what was
committed while that one waited for a lock. SQLite has no round trips to save.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models
from django.db.models import Model

Statement = tuple[str, Sequence[Any]]


def fetch(statements: Sequence[Statement]) -> list[list[tuple[Any, ...]]]:
    """Run queries in order and return the rows of each; for PostgreSQL."""
    with connection.cursor() as cursor:
        _execute(cursor, statements)
        results = [cursor.fetchall()]
        while cursor.nextset():
            results.append(cursor.fetchall())
    return results


def run(statements: Iterable[Statement]) -> None:
    """Run statements that return nothing, in order."""
    there = [statement for statement in statements if statement[0]]
    if not there:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _execute(cursor, there)
            return
        for sql, params in there:
            cursor.execute(sql, params)


def insertion(rows: Sequence[Model], model: type[Model]) -> Statement:
    """An INSERT of these instances, with their primary keys if they have some; else nothing."""
    if not rows:
        return "", ()
    numbered = rows[0].pk is not None
    fields = [f for f in model._meta.concrete_fields if numbered or not f.primary_key]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    marks = f"({', '.join(['%s'] * len(fields))})"
    table = connection.ops.quote_name(model._meta.db_table)
    values = ", ".join([marks] * len(rows))
    params = [_prepared(field, row) for row in rows for field in fields]
    return f"INSERT INTO {table} ({names}) VALUES {values}", params  # noqa: S608


def change(row: Model, *names: str) -> Statement:
    """An UPDATE of one instance's named fields."""
    fields: list[Any] = [row._meta.get_field(name) for name in names]
    columns = ", ".join(f"{connection.ops.quote_name(field.column)} = %s" for field in fields)
    table = connection.ops.quote_name(row._meta.db_table)
    params = [*(_prepared(field, row) for field in fields), row.pk]
    return f"UPDATE {table} SET {columns} WHERE id = %s", params  # noqa: S608


def _execute(cursor: Any, statements: Sequence[Statement]) -> None:
    joined = "; ".join(sql for sql, _params in statements)
    cursor.execute(joined, [param for _sql, params in statements for param in params])


def _prepared(field: Any, row: Model) -> Any:
    value = getattr(row, field.attname)
    if isinstance(field, (models.JSONField, models.DateTimeField)):
        return field.get_db_prep_save(value, connection)
    return value
