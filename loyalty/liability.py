"""What a brand owes its members in points, as of any moment, and since when and until when.

The books of the moment are read, not today's balances: lots count with what entries posted by
then had left of them. Points that time alone has ended by then, and that nobody had booked, count
as ended; holds that had run out count as given back. All sums are made in the database, over lots
grouped by what they have in common, so a million wallets cost two passes over their rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Expression,
    F,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Least, TruncMonth
from django.db.models.lookups import GreaterThan

from loyalty.finance_worth import money_of, worth_of_hundred
from loyalty.ledger import On, Part
from loyalty.ledger.words import MEMBERS
from loyalty.liability_breakage import Breakage, estimate
from loyalty.models import Allocation, Entry, Hold, Lot, Posting
from loyalty.month_figures import BooksDisagree
from loyalty.months import span
from profiles.models import Brand
from profiles.time_zones import zone_named

AGES = (3, 6, 12)  # months at which a new band of age begins
BANDS = ("0-3", "3-6", "6-12", "12+")


@dataclass(frozen=True)
class Liability:
    """Points outstanding at a moment; ``at`` is inclusive.

    ``debt`` are points that members owe: apart, never subtracted from ``outstanding``. It is as
    booked: points that have just matured pay it when the ledger next looks at the wallet.
    ``by_expiry`` goes by the first day of the month in which points end (None: never), ``by_age``
    by the months since they were earned; both sum to ``outstanding``. ``money`` is what
    ``outstanding`` is worth, in minor units. ``breakage`` is an estimate apart from all of it.
    """

    brand: Brand
    at: datetime
    known_at: datetime | None
    currency: str
    worth: int
    active: int
    pending: int
    held: int
    debt: int
    not_booked: int
    by_expiry: dict[date | None, int]
    by_age: dict[str, int]
    breakage: Breakage

    @property
    def outstanding(self) -> int:
        """Points that members hold, in whatever state."""
        return self.active + self.pending + self.held

    @property
    def money(self) -> int:
        """Their worth in minor units of the brand's currency."""
        return money_of(self.outstanding, self.worth)


@dataclass
class _Sums:
    """Points by (state, end, age): state is pending, active or ended; and what is held."""

    left: dict[tuple[str, date | None, int], int] = field(default_factory=dict)
    held: dict[tuple[str, date | None, int], int] = field(default_factory=dict)

    def add(self, row: dict[str, Any], left: int, held: int = 0) -> None:
        """Add one group of lots."""
        end = row["end_month"].date() if row["end_month"] else None
        state = "ended" if row["ended"] else "pending" if row["waits"] else "active"
        key = (state, end, row["age"])
        self.left[key] = self.left.get(key, 0) + left
        self.held[key] = self.held.get(key, 0) + held

    def left_in(self, state: str) -> int:
        """The points of lots in a state that are not held."""
        return sum(points for key, points in self.left.items() if key[0] == state)


def as_of(brand: Brand, at: datetime, known_at: datetime | None = None) -> Liability:
    """What the brand owed at a moment, from entries recorded by ``known_at`` (default: all).

    Raises BooksDisagree when the lots do not hold what the postings say.
    """
    scope = Scope(brand, at, known_at)
    booked, sums = _booked(scope), _lots(scope)
    _check(booked, sums)
    _give_back(scope, sums)
    by_expiry, by_age = _aged(sums)
    return Liability(
        brand=brand,
        at=at,
        known_at=known_at,
        currency=brand.currency,
        worth=worth_of_hundred(brand),
        active=sums.left_in("active"),
        pending=sums.left_in("pending"),
        held=sum(sums.held.values()),
        debt=-booked[On.DEBT],
        not_booked=sums.left_in("ended"),
        by_expiry=by_expiry,
        by_age=by_age,
        breakage=estimate(brand, at, known_at),
    )


def at_month_end(brand: Brand, month: date, known_at: datetime | None = None) -> Liability:
    """What the brand owed in the last moment of a month: the closing of the month's report."""
    return as_of(brand, span(brand, month)[1] - timedelta(microseconds=1), known_at)


def history(brand: Brand, months: list[date]) -> list[tuple[date, int, int]]:
    """For a chart: (month, points outstanding, points owed by members) at the end of each."""
    found = [(month, at_month_end(brand, month)) for month in months]
    return [(month, one.outstanding, one.debt) for month, one in found]


def csv_rows(liability: Liability) -> Iterator[tuple[str, str, int | str, int | str, str]]:
    """Rows of (what, of which, points, minor units, currency), with a heading; no personal data."""
    yield ("what", "which", "points", "minor_units", "currency")
    sums = {name: getattr(liability, name) for name in ("active", "pending", "held")}
    ends = {str(end or "never"): points for end, points in liability.by_expiry.items()}
    parts: list[tuple[str, dict[str, int]]] = [
        ("outstanding", {"all": liability.outstanding}),
        ("state", sums),
        ("debt", {"all": liability.debt}),
        ("expires", ends),
        ("age_months", liability.by_age),
    ]
    if liability.breakage.points is not None:
        parts.append(("breakage_estimate", {"all": liability.breakage.points}))
    for what, rows in parts:
        for which, points in rows.items():
            money = money_of(points, liability.worth)
            yield (what, which, points, money, liability.currency)


def series(liability: Liability) -> dict[str, list[tuple[str, int]]]:
    """For charts: labelled points by month of expiry and by age."""
    ends = liability.by_expiry.items()
    return {
        "by_expiry": [(f"{end:%Y-%m}" if end else "never", points) for end, points in ends],
        "by_age": list(liability.by_age.items()),
    }


@dataclass(frozen=True)
class Scope:
    """Which entries count: those of a brand, posted by ``at``, recorded by ``known_at``."""

    brand: Brand
    at: datetime
    known_at: datetime | None

    def entries(self, path: str) -> Q:
        """The condition on rows whose entry is at ``path``."""
        told = {f"{path}wallet__account__brand": self.brand, f"{path}posted_at__lte": self.at}
        return Q(**told, **self._known(path))

    def _known(self, path: str) -> dict[str, datetime]:
        return {f"{path}recorded_at__lte": self.known_at} if self.known_at else {}


def _booked(scope: Scope) -> dict[str, int]:
    postings = Posting.objects.filter(scope.entries("entry__"), ledger_account__in=MEMBERS)
    sums = postings.order_by().values_list("ledger_account").annotate(points=Sum("amount"))
    return dict.fromkeys((on.value for on in MEMBERS), 0) | dict(sums)


def _lots(scope: Scope) -> _Sums:
    sums = _Sums()
    lots = _grouped(Lot.objects.filter(scope.entries("entry__")), scope, "")
    for row in lots.annotate(points=Sum("original")):
        sums.add(row, row["points"])
    taken = _grouped(Allocation.objects.filter(scope.entries("entry__")), scope, "lot__")
    held = Sum("amount", filter=Q(part=Part.HELD), default=0)
    for row in taken.annotate(points=Sum("amount"), held=held):
        sums.add(row, -row["points"], row["held"])
    return sums


def _grouped(rows: QuerySet[Any], scope: Scope, path: str) -> QuerySet[Any, dict[str, Any]]:
    """Group rows by the state, the end and the age of the lot at ``path``."""
    zone = zone_named(scope.brand.time_zone)
    named: dict[str, Any] = {
        "ended": _whether(Q(**{f"{path}expires_at__lte": scope.at})),
        "waits": _whether(Q(**{f"{path}available_at__gt": scope.at})),
        "end_month": TruncMonth(f"{path}expires_at", tzinfo=zone),
        "age": _age(scope, path),
    }
    found: QuerySet[Any, dict[str, Any]] = rows.order_by().annotate(**named)
    return found.values("ended", "waits", "end_month", "age")


def _whether(condition: Q) -> Case:
    return Case(
        When(condition, then=Value(True)), default=Value(False), output_field=BooleanField()
    )


def _age(scope: Scope, path: str) -> Expression:
    """The number of the lot's band of age; points taken over are as old as they were there."""
    begun = Least(F(f"{path}entry__occurred_at"), F(f"{path}available_at"))
    bands = [
        When(GreaterThan(begun, Value(_months_before(scope.at, months))), then=Value(band))
        for band, months in enumerate(AGES)
    ]
    return Case(*bands, default=Value(len(AGES)), output_field=IntegerField())


def _months_before(at: datetime, months: int) -> datetime:
    """The same day and time so many months before; a day that is not there, the 28th."""
    year, month = divmod(at.year * 12 + at.month - 1 - months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, 28))


def _check(booked: dict[str, int], sums: _Sums) -> None:
    """What lots hold must be what the postings say."""
    lots = (sum(sums.left.values()), sum(sums.held.values()))
    postings = (booked[On.ACTIVE] + booked[On.PENDING], booked[On.HELD])
    if lots != postings:
        raise BooksDisagree(f"Lots hold {lots} (free, held), the postings say {postings}.")


def _give_back(scope: Scope, sums: _Sums) -> None:
    """Holds that had run out by then and were still open in the books are over."""
    closed = Entry.objects.filter(scope.entries(""), closes_hold__isnull=False)
    holds = Hold.objects.filter(scope.entries("entry__"), expires_at__lte=scope.at)
    open_still = holds.exclude(closed_by__in=closed)
    rows = Allocation.objects.filter(entry__hold__in=open_still, part=Part.HELD)
    for row in _grouped(rows, scope, "lot__").annotate(points=Sum("amount")):
        sums.add(row, row["points"], -row["points"])


def _aged(sums: _Sums) -> tuple[dict[date | None, int], dict[str, int]]:
    ends: dict[date | None, int] = {}
    ages = dict.fromkeys(BANDS, 0)
    for table in (sums.left, sums.held):
        for (state, end, age), points in table.items():
            # The points of a lot that has ended are gone, unless they are held.
            if points and (state != "ended" or table is sums.held):
                ends[end] = ends.get(end, 0) + points
                ages[BANDS[age]] += points
    order = sorted(ends, key=lambda end: end or date.max)
    return {end: ends[end] for end in order if ends[end]}, ages
