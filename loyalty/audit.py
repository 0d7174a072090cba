"""The audit: everything that is cached in the ledger, worked out again from what cannot change.

Each check is a query for what differs, so a ledger of millions is read by the database and only
differences come here. Other parts of the app add checks of their own with ``register``.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from loyalty.ledger import On, Part
from loyalty.models import Allocation, Entry, Hold, LedgerAudit, Lot, Posting, Purchase, Wallet

KEPT = 100  # differences stored with an audit; all are counted


@dataclass(frozen=True)
class Difference:
    """A figure that is not what it should be."""

    check: str
    what: str
    stored: int
    computed: int

    def __str__(self) -> str:
        return f"{self.check}: {self.what} has {self.stored}, should be {self.computed}"


Check = Callable[[], Iterable[Difference]]
_checks: dict[str, Check] = {}


def register(name: str, check: Check) -> None:
    """Add a check under a name; registering the name again replaces it."""
    _checks[name] = check


def check_names() -> list[str]:
    """What an audit looks at."""
    return sorted(_checks)


def differences() -> Iterator[Difference]:
    """Everything that does not agree, check by check."""
    for check in _checks.values():
        yield from check()


def audit() -> LedgerAudit:
    """Run every check and store what was found; a check is one query, so tills need not wait."""
    run = LedgerAudit.objects.create(wallets=Wallet.objects.count(), entries=Entry.objects.count())
    for difference in differences():
        run.differences += 1
        if len(run.found) < KEPT:
            run.found.append(str(difference))
    run.finished_at = timezone.now()
    run.save()
    return run


def latest() -> LedgerAudit | None:
    """The youngest audit that came to its end."""
    return LedgerAudit.objects.exclude(finished_at=None).first()


def _sum(
    rows: "QuerySet[Any]",
    by: str,
    column: str = "amount",
) -> Coalesce:
    """The sum of a column over the rows that belong to the outer row, 0 for none."""
    sums = rows.order_by().values(by).annotate(_sum=Sum(column)).values("_sum")
    return Coalesce(Subquery(sums), Value(0), output_field=BigIntegerField())


def _postings_sum_to_zero() -> Iterator[Difference]:
    off = Posting.objects.order_by().values("entry").annotate(total=Sum("amount"))
    for row in off.exclude(total=0).iterator():
        yield Difference("postings sum to zero", f"entry {row['entry']}", row["total"], 0)


def _wallets_are_their_postings() -> Iterator[Difference]:
    for name, on, sign in (
        ("active", On.ACTIVE, 1),
        ("pending", On.PENDING, 1),
        ("held", On.HELD, 1),
        ("debt", On.DEBT, -1),
    ):
        posted = Posting.objects.filter(entry__wallet=OuterRef("pk"), ledger_account=on)
        wallets = Wallet.objects.annotate(posted=_sum(posted, "entry__wallet") * sign)
        yield from _compare(f"wallet's {name} points", "wallet", wallets, name, "posted")


def _wallets_are_their_lots() -> Iterator[Difference]:
    for name, waits in (("active", False), ("pending", True)):
        lots = Lot.objects.filter(wallet=OuterRef("pk"), is_pending=waits)
        wallets = Wallet.objects.annotate(in_lots=_sum(lots, "wallet", "remaining"))
        yield from _compare(f"lots of {name} points", "wallet", wallets, name, "in_lots")


def _held_points_are_held() -> Iterator[Difference]:
    holds = Hold.objects.filter(wallet=OuterRef("pk"), state=Hold.State.OPEN)
    wallets = Wallet.objects.annotate(in_holds=_sum(holds, "wallet", "points"))
    yield from _compare("open holds", "wallet", wallets, "held", "in_holds")
    parts = Allocation.objects.filter(lot__wallet=OuterRef("pk"), part=Part.HELD)
    out_of = Wallet.objects.annotate(from_lots=_sum(parts, "lot__wallet"))
    yield from _compare("held out of lots", "wallet", out_of, "held", "from_lots")


def _lots_are_their_allocations() -> Iterator[Difference]:
    taken = Allocation.objects.filter(lot=OuterRef("pk"))
    lots = Lot.objects.annotate(left=F("original") - _sum(taken, "lot"))
    yield from _compare("lot's remaining points", "lot", lots, "remaining", "left")


def _entries_move_what_lots_say() -> Iterator[Difference]:
    """What an entry posts on active and pending comes from lots, or goes into them."""
    mine = Posting.objects.filter(entry=OuterRef("pk"), ledger_account__in=(On.ACTIVE, On.PENDING))
    lots = Lot.objects.filter(entry=OuterRef("pk"))
    taken = Allocation.objects.filter(entry=OuterRef("pk"))
    entries = Entry.objects.exclude(postings__ledger_account=On.TRANSFERRED).annotate(
        posted=_sum(mine, "entry"),
        moved=_sum(lots, "entry", "original") - _sum(taken, "entry"),
    )
    yield from _compare("entry's lots and allocations", "entry", entries, "posted", "moved")


def _transfers_cancel_out() -> Iterator[Difference]:
    moved = Posting.objects.filter(ledger_account=On.TRANSFERRED)
    total = moved.aggregate(total=Coalesce(Sum("amount"), 0))["total"]
    if total:
        yield Difference("transfers cancel out", "all wallets", total, 0)


def _nothing_is_both_owed_and_there() -> Iterator[Difference]:
    for pk, debt, active in Wallet.objects.filter(debt__gt=0, active__gt=0).values_list(
        "pk", "debt", "active"
    ):
        yield Difference("debt is paid at once", f"wallet {pk}", debt, max(0, debt - active))


def _merged_accounts_hold_nothing() -> Iterator[Difference]:
    """What was an account's before it was merged is the other's, and nothing comes any more."""
    check, merged = "merged accounts hold nothing", Q(account__merged_into__isnull=False)
    wallets = Wallet.objects.filter(merged).annotate(counts=_sum_of_qualifying())
    for pk, *left in wallets.exclude(active=0, pending=0, held=0, debt=0, counts=0).values_list(
        "pk", "active", "pending", "held", "debt", "counts"
    ):
        yield Difference(check, f"wallet {pk}", next(filter(None, left)), 0)
    purchases = Purchase.objects.filter(merged).order_by().values_list("account")
    for account, count in purchases.annotate(count=Count("pk")):
        yield Difference(check, f"account {account}", count, 0)


def _sum_of_qualifying() -> Coalesce:
    entries = Entry.objects.filter(wallet=OuterRef("pk")).exclude(qualifying=0)
    return _sum(entries, "wallet", "qualifying")


def _compare(
    check: str,
    what: str,
    rows: QuerySet[Wallet] | QuerySet[Lot] | QuerySet[Entry],
    stored: str,
    computed: str,
) -> Iterator[Difference]:
    off = rows.exclude(Q(**{stored: F(computed)})).order_by()
    for pk, one, other in off.values_list("pk", stored, computed).iterator():
        yield Difference(check, f"{what} {pk}", one, other)


for _name, _check in {
    "postings": _postings_sum_to_zero,
    "wallets": _wallets_are_their_postings,
    "lots": _wallets_are_their_lots,
    "holds": _held_points_are_held,
    "allocations": _lots_are_their_allocations,
    "entries": _entries_move_what_lots_say,
    "transfers": _transfers_cancel_out,
    "debts": _nothing_is_both_owed_and_there,
    "merged accounts": _merged_accounts_hold_nothing,
}.items():
    register(_name, _check)
