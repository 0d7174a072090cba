"""CSV files of another system, row by row; nothing keeps more than a batch."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Protocol
from zoneinfo import ZoneInfo

BATCH = 5_000
MAX_CELL = 200
MOST_POINTS = 10**12

Row = dict[str, str]
Numbered = tuple[int, Row]


class RejectedRow(ValueError):
    """The row cannot be taken over; the message says why."""


class UnreadableFile(ValueError):
    """The file as a whole cannot be read; the message says why."""


class Writer(Protocol):
    """What ``csv.writer`` gives."""

    def writerow(self, row: Iterable[object], /) -> object:
        """Write one row."""


@dataclass(frozen=True)
class Told:
    """What a row says. ``holder`` is ("account" or "card", its number), None for a bearer."""

    key: str
    holder: tuple[str, str] | None
    amount: int
    expires_at: datetime | None = None
    label: str = ""
    begins_at: datetime | None = None
    code: str = ""


def read(lines: Iterable[str], needed: Iterable[str]) -> Iterator[Numbered]:
    """Yield line number and cells of each row, commas or semicolons. Raises UnreadableFile."""
    waiting = iter(lines)
    try:
        header = next(waiting, "").lstrip("\ufeff")
        mark = ";" if header.count(";") > header.count(",") else ","
        names = [name.strip().lower() for name in next(csv.reader([header], delimiter=mark), [])]
        if missing := set(needed) - set(names):
            raise UnreadableFile(f"The first line must name: {', '.join(sorted(missing))}.")
        reader = csv.DictReader(waiting, names, restkey="", delimiter=mark)
        for row in reader:
            yield reader.line_num + 1, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(f"The file cannot be read: {error}") from None


def batches(rows: Iterable[Numbered]) -> Iterator[list[Numbered]]:
    """Split rows into lists of a few thousand."""
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        yield batch


def cell(row: Row, name: str) -> str:
    """A cell's text; empty when the column is missing. Raises RejectedRow."""
    text = (row.get(name) or "").strip()
    if len(text) > MAX_CELL or not text.isprintable():
        raise RejectedRow(f"The cell {name} is too long or cannot be printed.")
    return text


def holder(row: Row) -> tuple[str, str] | None:
    """By which number the row names its account, or None."""
    for name in ("account", "card"):
        if text := cell(row, name):
            return name, text
    return None


def some_holder(row: Row) -> tuple[str, str]:
    """The same; raises RejectedRow when there is none."""
    found = holder(row)
    if found is None:
        raise RejectedRow("Neither an account nor a card is named.")
    return found


def whole_number(row: Row, name: str) -> int:
    """A number of zero or more. Raises RejectedRow."""
    text = cell(row, name)
    if not (text.isascii() and text.isdigit()) or int(text) > MOST_POINTS:
        raise RejectedRow(f"{name} must be a whole number of zero or more.")
    return int(text)


def moment(row: Row, name: str, zone: ZoneInfo, *, last_day: bool = False) -> datetime | None:
    """A day or a moment in ISO form; a day is its begin, or its end when it is a ``last_day``."""
    text = cell(row, name)
    if not text:
        return None
    try:
        if len(text) == len("2026-01-31"):
            day = date.fromisoformat(text) + timedelta(days=last_day)
            return datetime(day.year, day.month, day.day, tzinfo=zone)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise RejectedRow(f"{name} is not a date like 2026-01-31.") from None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text
