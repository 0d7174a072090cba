"""A report as CSV: the figures, and the deliveries behind them. No cell is ever a formula."""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import StreamingHttpResponse
from django.utils.text import slugify

from campaigns.models import Campaign, Delivery, Response
from campaigns.reports import Figures
from campaigns.views.report_words import OF, explanation, reason
from profiles.exporting import FORMULA_STARTS

AT_ONCE = 2000
TIMES = (
    "accepted_at",
    "delivered_at",
    "first_opened_at",
    "first_clicked_at",
    "first_redeemed_at",
    "unsubscribed_at",
    "bounced_at",
    "complained_at",
)
FIGURE_COLUMNS = ("figure", "number", "of", "of_what", "percent", "low", "high", "simulated")
DELIVERY_COLUMNS = ("member", "name", "address", "state", "reason", "tracked", *TIMES)


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def defused(cell: Any) -> Any:
    """The cell, with an apostrophe before what a spreadsheet would calculate."""
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell


def response(name: str, rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """The rows as a download."""
    writer = csv.writer(_Echo())
    lines = (writer.writerow([defused(cell) for cell in row]) for row in rows)
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def file_name(campaign: Campaign, part: str) -> str:
    """A file name that says which campaign it came from."""
    return f"{slugify(campaign.name) or campaign.pk}-{part}"


def figure_rows(figures: Figures) -> Iterator[list[Any]]:
    """Every figure with what it divides by, and every reason for skipping."""
    yield list(FIGURE_COLUMNS)
    for share in figures.shares():
        numbers = [share.number, share.of or "", OF.get(share.of_key, "")]
        shares = [share.percent, *(share.interval or (None, None))]
        simulated = figures.simulated.get(share.key, 0)
        yield [share.key, *numbers, *map(_rounded, shares), simulated]
    for code, number in sorted(figures.reasons.items()):
        yield [f"skipped: {reason(code)}", number, figures.counts["skipped"], "skipped"]


def delivery_rows(deliveries: QuerySet[Delivery]) -> Iterator[list[Any]]:
    """One row per delivery: to whom, what became of it, what came back, why; times in UTC."""
    yield [*DELIVERY_COLUMNS, "simulated", "why"]
    simulated = Response.objects.filter(delivery=OuterRef("pk"), simulated=True)
    marked = deliveries.annotate(has_simulated=Exists(simulated))
    related = marked.select_related("member", "campaign__topic", "campaign__segment")
    for row in related.order_by("pk").iterator(chunk_size=AT_ONCE):
        member = row.member
        who = [member.pk, str(member), member.email, row.state, row.reason, _yes(row.tracked)]
        times = [_utc(getattr(row, name)) for name in TIMES]
        yield [*who, *times, _yes(row.has_simulated), explanation(row)]


def _rounded(percent: float | None) -> str:
    return "" if percent is None else f"{percent:.2f}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _utc(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else ""
