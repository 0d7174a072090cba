"""Control totals: what we hold of a switch-over, against what the other system says it gave.

Totals are read from the books (lots, vouchers, purchases), not from what the files said. A control
file has the columns what, which, amount:

    points,all | points,2026-05 (month in which they end) | points,never
    accounts,<tier key> | counter,<tier key>
    vouchers,open | vouchers,used | vouchers,void
    purchases,all | purchases_minor,all
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, ExpressionWrapper, F, Sum
from django.db.models.fields import DateTimeField
from django.db.models.functions import TruncMonth

from loyalty.ledger import Part
from loyalty.models import Allocation, Lot, Purchase, SwitchFile, SwitchOver, SwitchRow, Voucher
from loyalty.month_figures import OPENING_SOURCE
from loyalty.switch_over.purchases import source_of
from loyalty.switch_over.reading import RejectedRow, UnreadableFile, cell, read
from profiles.time_zones import zone_named

Totals = dict[tuple[str, str], int]


@dataclass(frozen=True)
class Difference:
    """A total on which both sides do not agree."""

    what: str
    which: str
    ours: int
    theirs: int


def reconcile(switch: SwitchOver, control: Iterable[str]) -> list[Difference]:
    """Compare our totals with a control file; an empty list means they agree.

    Raises UnreadableFile, also for a file without a single total.
    """
    theirs = read_control(control)
    ours = totals(switch)
    return [
        Difference(*key, ours.get(key, 0), theirs.get(key, 0))
        for key in sorted(ours.keys() | theirs.keys())
        if ours.get(key, 0) != theirs.get(key, 0)
    ]


def read_control(lines: Iterable[str]) -> Totals:
    """The totals of a control file. Raises UnreadableFile."""
    found: Totals = {}
    for line, row in read(lines, ("what", "which", "amount")):
        try:
            key, amount = (cell(row, "what"), cell(row, "which")), int(cell(row, "amount"))
        except (RejectedRow, ValueError):
            raise UnreadableFile(f"Line {line}: this is no total.") from None
        if key in found:
            raise UnreadableFile(f"Line {line}: this total came before.")
        found[key] = amount
    if not found:
        raise UnreadableFile("The control file holds no totals.")
    return found


def totals(switch: SwitchOver) -> Totals:
    """What we hold of the switch-over."""
    found = _points(switch) | _tiers(switch) | _vouchers(switch) | _purchases(switch)
    return {key: amount for key, amount in found.items() if amount}


def _points(switch: SwitchOver) -> Totals:
    prefix = f"{switch.pk}:"
    path = {"source": OPENING_SOURCE, "idempotency_key__startswith": prefix}
    lots = Lot.objects.filter(**{f"entry__{name}": told for name, told in path.items()})
    back = Allocation.objects.filter(
        part=Part.RETURNED, **{f"lot__entry__{name}": told for name, told in path.items()}
    )
    sums: Totals = {}
    for rows, end, amount, sign in (
        (lots, "expires_at", "original", 1),
        (back, "lot__expires_at", "amount", -1),
    ):
        for month, points in _by_month(switch, rows, end, amount):
            for which in ("all", f"{month:%Y-%m}" if month else "never"):
                sums["points", which] = sums.get(("points", which), 0) + sign * points
    return sums


def _by_month(switch: SwitchOver, rows: Any, end: str, amount: str) -> Any:
    zone = zone_named(switch.brand.time_zone)
    # Points that end with the last day of a month end as the next begins.
    last = ExpressionWrapper(F(end) - timedelta(seconds=1), output_field=DateTimeField())
    named = rows.order_by().annotate(month=TruncMonth(last, tzinfo=zone))
    return named.values_list("month").annotate(points=Sum(amount))


def _tiers(switch: SwitchOver) -> Totals:
    rows = SwitchRow.objects.filter(switch=switch, kind=SwitchFile.Kind.TIERS).order_by()
    sums: Totals = {}
    told = rows.values_list("label").annotate(accounts=Count("pk"), counter=Sum("amount"))
    for tier, accounts, counter in told:
        sums["accounts", tier] = accounts
        sums["counter", tier] = counter
    return sums


def _vouchers(switch: SwitchOver) -> Totals:
    ours = Voucher.objects.filter(source=OPENING_SOURCE, issue_key__startswith=f"{switch.pk}:")
    void = ours.exclude(voided_at=None).count()
    used = ours.filter(voided_at=None, uses__gte=F("max_uses")).count()
    good = ours.count() - void - used
    states = {"open": good, "used": used, "void": void}
    return {("vouchers", state): count for state, count in states.items()}


def _purchases(switch: SwitchOver) -> Totals:
    sums = Purchase.objects.filter(source=source_of(switch)).aggregate(
        count=Count("pk"), minor=Sum("total_minor", default=0)
    )
    return {("purchases", "all"): sums["count"], ("purchases_minor", "all"): sums["minor"]}
