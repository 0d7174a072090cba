"""The numbers behind a report's two charts; the tables under them show the same rows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from campaigns import reports
from campaigns.models import Campaign
from campaigns.reports import Figures
from campaigns.views.report_words import OF

FUNNEL = ("audience", "planned", "accepted", "trackable", "opened", "clicked", "redeemed")
SERIES = ("opened", "clicked", "redeemed", "unsubscribed")
MOST_DAYS = 62
WEEK = 7


@dataclass(frozen=True)
class Course:
    """Responses over time: one row per day, or per week when the days would be too many."""

    weekly: bool
    keys: tuple[str, ...]
    rows: list[tuple[date, list[int]]]

    def chart(self) -> dict[str, Any]:
        """What the script draws."""
        return {
            "labels": [date_format(day, "j M") for day, _numbers in self.rows],
            "series": [
                {
                    "key": key,
                    "label": str(reports.LABELS[key]),
                    "values": [numbers[at] for _day, numbers in self.rows],
                }
                for at, key in enumerate(self.keys)
            ],
        }


def funnel(figures: Figures) -> list[dict[str, Any]]:
    """One bar per step, with the words that stand beside it."""
    return [_bar(figures, key) for key in FUNNEL]


def course(campaign: Campaign) -> Course:
    """First responses over time, without gaps from the first day to the last."""
    counted: dict[date, Counter[str]] = {}
    for row in reports.by_hour(campaign):
        if row["firsts"] and row["kind"] in SERIES:
            day = timezone.localtime(row["hour"]).date()
            counted.setdefault(day, Counter())[row["kind"]] += row["firsts"]
    if not counted:
        return Course(False, (), [])
    weekly = (max(counted) - min(counted)).days >= MOST_DAYS
    keys = tuple(key for key in SERIES if any(numbers[key] for numbers in counted.values()))
    return Course(weekly, keys, _rows(counted, keys, WEEK if weekly else 1))


def _rows(
    counted: Mapping[date, Counter[str]], keys: tuple[str, ...], step: int
) -> list[tuple[date, list[int]]]:
    first, last = min(counted), max(counted)
    rows = []
    while first <= last:
        days = [counted.get(first + timedelta(n), Counter()) for n in range(step)]
        rows.append((first, [sum(day[key] for day in days) for key in keys]))
        first += timedelta(step)
    return rows


def _bar(figures: Figures, key: str) -> dict[str, Any]:
    share = figures[key]
    words = f"{share.number:,}"
    if share.percent is not None:
        percent = "100" if share.number == share.of else f"{share.percent:.1f}"
        words += f" · {percent} % of {OF[share.of_key]}"
    return {"key": key, "label": str(share.label), "value": share.number, "words": words}
