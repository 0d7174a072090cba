"""Money and months as the books write them."""

import csv
from collections.abc import Iterable
from datetime import date, datetime

from django.http import Http404, HttpResponse
from django.utils.formats import date_format


def in_money(minor: int, currency: str) -> str:
    """An amount of minor units: “1,234.50 EUR”."""
    whole, cents = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole:,}.{cents:02} {currency}"


def in_words(month: date) -> str:
    """A month: “November 2026”."""
    return date_format(month, "F Y")


def month_of(text: str) -> date:
    """The first day of a month written as 2026-11. Raises Http404."""
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  # a month has no zone
    except ValueError:
        raise Http404 from None


def csv_answer(name: str, rows: Iterable[Iterable[object]]) -> HttpResponse:
    """A CSV file to download, never kept by anyone's cache."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer["Cache-Control"] = "private, no-store"
    csv.writer(answer).writerows(rows)
    return answer
