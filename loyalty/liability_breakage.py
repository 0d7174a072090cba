"""How many of the outstanding points nobody is expected to redeem; an estimate, shown apart.

Formula. Lots with an end are put into cohorts by the month in which they began. Of cohorts whose
lots have all ended, the *rate* is

    lapsed / (issued - taken back - moved to another lot).

A younger cohort is expected to lapse to the same share of what it issued. What has lapsed of it
already is not expected again, and no more than what is left of it can lapse:

    expected = min(left, max(0, rate × (issued - taken back - moved) - lapsed)).

The sum over cohorts is the estimate. Points that never end have none. Source: the expected
breakage amount of IFRS 15, paragraph B46, with the rate measured on the customer's own past
pattern of rights exercised, as in a chain-ladder reserve of one step.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Max, Q, QuerySet, Sum
from django.db.models.functions import Least, TruncMonth

from loyalty.ledger import Part
from loyalty.models import Allocation, Lot
from profiles.models import Brand

# Fewer cohorts tell the season in which they began rather than the members' habit.
ENOUGH_COHORTS = 6


@dataclass(frozen=True)
class Breakage:
    """The estimate; ``points`` and ``rate`` are None while there is not enough history.

    ``cohorts`` is the number of months that have ended as a whole; ``lapsed`` of their ``issued``
    points were not redeemed.
    """

    points: int | None
    rate: float | None
    cohorts: int
    lapsed: int
    issued: int


@dataclass
class _Cohort:
    issued: int
    last_end: datetime
    lapsed: int = 0
    gone: int = 0
    withdrawn: int = 0

    @property
    def left(self) -> int:
        return self.issued - self.gone

    @property
    def kept(self) -> int:
        """What was issued for good."""
        return self.issued - self.withdrawn


def estimate(brand: Brand, at: datetime, known_at: datetime | None = None) -> Breakage:
    """Estimate from the books as of ``at``, as known at ``known_at``."""
    cohorts = _cohorts(brand, at, known_at)
    over = [one for one in cohorts if one.last_end <= at and one.kept > 0]
    # What nobody has booked of a lot that has ended has lapsed, too.
    lapsed = sum(one.lapsed + one.left for one in over)
    issued = sum(one.kept for one in over)
    if len(over) < ENOUGH_COHORTS or not issued:
        return Breakage(None, None, len(over), lapsed, issued)
    young = [one for one in cohorts if one.last_end > at]
    points = sum(_expected(one, lapsed, issued) for one in young)
    return Breakage(points, lapsed / issued, len(over), lapsed, issued)


def _expected(cohort: _Cohort, lapsed: int, issued: int) -> int:
    share = cohort.kept * lapsed // issued
    return min(max(0, cohort.left), max(0, share - cohort.lapsed))


def _cohorts(brand: Brand, at: datetime, known_at: datetime | None) -> list[_Cohort]:
    counts = Q(entry__wallet__account__brand=brand, entry__posted_at__lte=at)
    if known_at:
        counts &= Q(entry__recorded_at__lte=known_at)
    lots = _by_month(Lot.objects.filter(counts, expires_at__isnull=False), "")
    found = {
        row["cohort"]: _Cohort(row["points"], row["last_end"])
        for row in lots.annotate(points=Sum("original"), last_end=Max("expires_at"))
    }
    taken = Allocation.objects.filter(counts, lot__expires_at__isnull=False)
    lapsed = Sum("amount", filter=Q(part=Part.LAPSED), default=0)
    withdrawn = Sum("amount", filter=Q(part__in=[Part.RETURNED, Part.MOVED]), default=0)
    rows = _by_month(taken, "lot__").annotate(
        points=Sum("amount"), lapsed=lapsed, withdrawn=withdrawn
    )
    for row in rows:
        # Offline tills report spending of lots that the books knew only later.
        if cohort := found.get(row["cohort"]):
            cohort.gone, cohort.lapsed = row["points"], row["lapsed"]
            cohort.withdrawn = row["withdrawn"]
    return list(found.values())


def _by_month(rows: QuerySet[Any], path: str) -> QuerySet[Any, dict[str, Any]]:
    begun = Least(F(f"{path}entry__occurred_at"), F(f"{path}available_at"))
    found: QuerySet[Any, dict[str, Any]] = rows.order_by().annotate(cohort=TruncMonth(begun))
    return found.values("cohort")
