"""The month-end as journal lines for the company's general ledger. No personal data."""

from collections.abc import Iterator
from datetime import timedelta

from loyalty.models import LedgerAccountCode
from loyalty.month_figures import Figure, MonthReport
from profiles.time_zones import zone_named

HEADING = ("date", "event", "debit", "credit", "currency", "points", "minor_units")
Row = tuple[str, str, str, str, str, str, str]


class CodesMissing(Exception):
    """Events happened for which the brand has named no accounts; the message names them."""


def journal_rows(report: MonthReport) -> Iterator[Row]:
    """Yield the heading, and a line for each event that happened. Raises CodesMissing.

    Amounts are positive: an event that makes the club owe less swaps debit and credit.
    """
    codes = {code.event: code for code in LedgerAccountCode.objects.filter(brand=report.brand)}
    happened = {name: one for name, one in report.changes.items() if one.points or one.money}
    if missing := happened.keys() - codes.keys():
        raise CodesMissing(f"No accounts are named for: {', '.join(sorted(missing))}.")
    yield HEADING
    for event, figure in happened.items():
        yield _line(report, codes[event], figure)


def summary_rows(report: MonthReport) -> Iterator[tuple[str, str, str, str]]:
    """Yield the heading, and (line, points, minor units, currency) from opening to closing."""
    yield ("line", "points", "minor_units", "currency")
    lines = {"opening": report.opening, **report.changes, "closing": report.closing}
    for name, figure in lines.items():
        yield (name, str(figure.points), str(figure.money), report.currency)


def _line(report: MonthReport, code: LedgerAccountCode, figure: Figure) -> Row:
    zone = zone_named(report.brand.time_zone)
    last = (report.until - timedelta(microseconds=1)).astimezone(zone).date()
    less = figure.points < 0 or (not figure.points and figure.money < 0)
    debit, credit = (code.credit, code.debit) if less else (code.debit, code.credit)
    points, money = abs(figure.points), abs(figure.money)
    return (str(last), code.event, debit, credit, report.currency, str(points), str(money))
