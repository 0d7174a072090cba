"""A statement's lines, grouped by the days on which they happened where the shop stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from loyalty.statement import StatementLine
from profiles.models import Brand


@dataclass(frozen=True)
class Day:
    """One day's lines, newest first; ``at`` lies in the day."""

    at: datetime
    lines: list[StatementLine]


def days_of(lines: Iterable[StatementLine], brand: Brand) -> list[Day]:
    """The lines by day, in the order given."""
    zone = ZoneInfo(brand.time_zone)
    grouped = groupby(lines, key=lambda line: line.at.astimezone(zone).date())
    days = [list(each) for _date, each in grouped]
    return [Day(each[0].at, each) for each in days]
