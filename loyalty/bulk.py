"""Many rows in one go, where the ORM would build an object for each.

``write_rows`` takes plain tuples (COPY on PostgreSQL, executemany on SQLite); ``insert_select``
lets the database make the rows out of a queryset. Neither runs model code: values must be valid.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, models
from django.db.models import F, Func, Model, QuerySet
from django.db.models.lookups import In
from django.db.models.sql.compiler import SQLCompiler

Row = tuple[Any, ...]
Compiled = tuple[str, list[Any]]


class PlusDays(Func):
    """A stored moment so many whole days later; null days give null. Fractions of seconds stay."""

    output_field: "models.DateTimeField[Any, Any]"

    def __init__(self, moment: str, days: int | None) -> None:
        self.days = days
        super().__init__(F(moment), output_field=models.DateTimeField())

    def as_sql(self, compiler: SQLCompiler, *_rest: Any, **_context: Any) -> Compiled:  # type: ignore[override]
        """PostgreSQL: moment and interval."""
        moment, params = compiler.compile(self.source_expressions[0])
        return f"({moment} + %s * interval '1 day')", [*params, self.days]

    def as_sqlite(self, compiler: SQLCompiler, *_rest: Any, **_context: Any) -> Compiled:  # type: ignore[override]
        """SQLite keeps moments as text, and its arithmetic knows whole seconds only."""
        moment, params = compiler.compile(self.source_expressions[0])
        days = None if self.days is None else f"+{self.days} days"
        return f"(datetime({moment}, %s) || substr({moment}, 20))", [*params, days, *params]


class Among(In):
    """``filter(Among(F("sku"), skus))``: an IN of thousands of plain values.

    PostgreSQL gets them as one array; as thousands of parameters they cost more time to write
    into the statement than to look up.
    """

    prepare_rhs = False

    def as_postgresql(self, compiler: SQLCompiler, connection: Any) -> Compiled:
        """One parameter, an array."""
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*params, list(self.rhs)]


def insert_select(model: type[Model], columns: Mapping[str, Any], rows: Any) -> int:
    """``INSERT INTO model (columns) SELECT … FROM rows``; returns how many rows were new."""
    chosen: QuerySet[Any, Any] = rows.order_by().values_list(*columns.values())
    select, params = chosen.query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_table(model)} ({_names(model, columns)}) {select}",
            params,
        )
        return int(cursor.rowcount)


def write_rows(model: type[Model], columns: Iterable[str], rows: Iterable[Row]) -> None:
    """Insert tuples in the order of ``columns``; moments must be aware."""
    names = list(columns)
    if connection.vendor == "postgresql":
        _copy(f"COPY {_table(model)} ({_names(model, names)}) FROM STDIN", rows)
        return
    marks = ", ".join("?" * len(names))
    statement = f"INSERT INTO {_table(model)} ({_names(model, names)}) VALUES ({marks})"  # noqa: S608
    connection.ensure_connection()
    # The driver's own cursor: Django's would keep every row to look for named parameters.
    connection.connection.cursor().executemany(statement, _for_sqlite(model, names, rows))


def reserve_ids(model: type[Model], count: int) -> list[int]:
    """Return ``count`` fresh primary keys, to write rows that refer to each other."""
    table, pk = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [table, pk, count],
            )
            return [row[0] for row in cursor.fetchall()]
    # One writer at a time: SQLite's transactions hold the write lock from their begin.
    last = model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0
    return list(range(last + 1, last + 1 + count))


def refresh_statistics(*tables: type[Model]) -> None:
    """Tell the planner what these tables hold now, before it joins what was just written.

    PostgreSQL otherwise plans for the empty tables it remembers, and a join of seconds takes an
    hour. SQLite plans by its indexes and needs no telling.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(_table(model) for model in tables)}")


def lock_table(model: type[Model]) -> None:
    """Let nobody else lock or write rows of the table until the transaction ends; reads go on."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {_table(model)} IN EXCLUSIVE MODE")
    # SQLite: the transaction has held the one write lock since its begin.


def _copy(statement: str, rows: Iterable[Row]) -> None:
    # Django does not translate the errors of a copy by itself, and IntegrityError is waited for.
    wrapped = connection.wrap_database_errors
    with wrapped, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _for_sqlite(model: type[Model], names: list[str], rows: Iterable[Row]) -> Iterable[Row]:
    fields = [model._meta.get_field(name) for name in names]
    moments = [index for index, f in enumerate(fields) if isinstance(f, models.DateTimeField)]
    return _moments_as_text(rows, moments) if moments else rows


def _moments_as_text(rows: Iterable[Row], moments: list[int]) -> Iterator[Row]:
    for row in rows:
        cells = list(row)
        for index in moments:
            if isinstance(cells[index], datetime):
                cells[index] = connection.ops.adapt_datetimefield_value(cells[index])
        yield tuple(cells)


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _names(model: type[Model], fields: Iterable[str]) -> str:
    columns: Iterator[Any] = (model._meta.get_field(name) for name in fields)
    return ", ".join(connection.ops.quote_name(field.column) for field in columns)
