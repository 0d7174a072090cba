"""Month-ends: the books of a brand, month by month, and closing them for good.

A month that was closed takes no entries: what is recorded later for it counts in the first open
month. Its report, as known when it was closed, gives the same figures for ever.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone

from loyalty.bulk import lock_table
from loyalty.expiry import expire_due
from loyalty.finance_worth import worth_of_hundred
from loyalty.models import ClosedMonth, Entry, Wallet
from loyalty.month_figures import BooksDisagree, Figure, MonthReport, work_out
from profiles.models import Brand, User
from profiles.time_zones import zone_named

__all__ = [
    "BooksDisagree",
    "Figure",
    "MonthReport",
    "NotClosable",
    "close",
    "next_to_close",
    "report",
    "span",
]

SOME_DAYS = timedelta(days=2)  # more than two zones of one moment can be apart
HALF_A_MONTH = timedelta(days=15)


class NotClosable(Exception):
    """The month is not over yet, or not the next one; the message says which."""


def span(brand: Brand, month: date) -> tuple[datetime, datetime]:
    """The first moment of a month in the brand's zone, and the first of the next."""
    first = month.replace(day=1)
    return _edge(brand, first), _edge(brand, _next(first))


def report(brand: Brand, month: date, known_at: datetime | None = None) -> MonthReport:
    """The month in points and money, from what was recorded by ``known_at`` (default: all).

    Money of a closed month goes by the worth of a point when it was closed. Raises BooksDisagree.
    """
    since, until = span(brand, month)
    worths = _worths(brand, since, until)
    return work_out(brand, month.replace(day=1), (since, until), worths, known_at)


def next_to_close(brand: Brand) -> date | None:
    """The month to be closed next: after the last one, or that of the first entry; else None."""
    last = ClosedMonth.objects.filter(brand=brand).aggregate(until=Max("until"))["until"]
    if last:
        # The middle of a month is in it, wherever the brand has moved since.
        return _local(brand, last + HALF_A_MONTH).replace(day=1)
    entries = Entry.objects.filter(wallet__account__brand=brand)
    first = entries.aggregate(first=Min("posted_at"))["first"]
    return _local(brand, first).replace(day=1) if first else None


def close(
    brand: Brand, month: date, by: User | None = None, now: datetime | None = None
) -> ClosedMonth:
    """Close a month for good. Raises NotClosable, BooksDisagree.

    What lapsed in it is booked first; then all wallets are locked, so that no entry is under way.
    """
    now = now or timezone.now()
    _require_closable(brand, month, now)
    expire_due(span(brand, month)[1])
    with transaction.atomic():
        lock_table(Wallet)
        # Somebody may have closed it meanwhile.
        _require_closable(brand, month, now)
        expire_due(span(brand, month)[1])
        return _write(report(brand, month), by, now)


def _write(report: MonthReport, by: User | None, now: datetime) -> ClosedMonth:
    counted = Entry.objects.filter(
        wallet__account__brand=report.brand, posted_at__lt=report.until
    ).aggregate(last=Max("recorded_at"))["last"]
    return ClosedMonth.objects.create(
        brand=report.brand,
        since=report.since,
        until=report.until,
        # Another host's clock may be ahead of ours: what was counted was known.
        closed_at=max(now, counted) if counted else now,
        closed_by=by,
        figures=report.figures(),
    )


def _require_closable(brand: Brand, month: date, now: datetime) -> None:
    due = next_to_close(brand)
    if due and due != month.replace(day=1):
        raise NotClosable(f"The next month to close is {due:%Y-%m}.")
    if span(brand, month)[1] > now:
        raise NotClosable(f"{month:%Y-%m} is not over yet.")


def _edge(brand: Brand, first: date) -> datetime:
    """When a month begins; next to a month that was closed, exactly where that one ended."""
    zone = zone_named(brand.time_zone)
    usual = datetime(first.year, first.month, 1, tzinfo=zone)
    near = (usual - SOME_DAYS, usual + SOME_DAYS)
    closed = ClosedMonth.objects.filter(brand=brand, until__range=near).first()
    return closed.until if closed else usual


def _worths(brand: Brand, since: datetime, until: datetime) -> tuple[int, int]:
    """The worth of a hundred points at a month's begin and end: as it was closed, else today's."""
    closed = ClosedMonth.objects.filter(brand=brand)
    if mine := closed.filter(until=until).first():
        return mine.figures["opening_worth"], mine.figures["worth"]
    today = worth_of_hundred(brand)
    before = closed.filter(until=since).first()
    return (before.figures["worth"] if before else today), today


def _local(brand: Brand, moment: datetime) -> date:
    return moment.astimezone(zone_named(brand.time_zone)).date()


def _next(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
