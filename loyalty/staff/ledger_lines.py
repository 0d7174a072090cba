"""The entries of one wallet as staff read them: what was booked where, and the balance after it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from loyalty.ledger import On
from loyalty.models import Entry, Lot, Posting, Wallet
from loyalty.statement_words import details_of, read_entries, title_of


@dataclass(frozen=True)
class Line:
    """An entry in words, its legs and its lots; ``balance`` is what could be spent after it."""

    entry: Entry
    title: str
    details: tuple[str, ...]
    legs: tuple[tuple[str, int], ...]
    lots: tuple[Lot, ...]
    points: int
    balance: int


def entry_numbers(wallet: Wallet, kind: str) -> list[int]:
    """The wallet's entries by their numbers, the newest first; of one kind, if named."""
    entries = wallet.entries.order_by("-occurred_at", "-pk")
    return list((entries.filter(kind=kind) if kind else entries).values_list("pk", flat=True))


def balances(wallet: Wallet) -> dict[int, int]:
    """What could be spent after each entry, summed up from the first posting on."""
    active = Sum("postings__amount", filter=Q(postings__ledger_account=On.ACTIVE))
    rows = wallet.entries.order_by("occurred_at", "pk").annotate(points=Coalesce(active, 0))
    found, balance = {}, 0
    for pk, points in rows.values_list("pk", "points"):
        balance += points
        found[pk] = balance
    return found


def lines(wallet: Wallet, numbers: Sequence[int], after: Mapping[int, int]) -> list[Line]:
    """These entries in words, in this order; ``after`` are the balances after each."""
    entries = wallet.entries.filter(pk__in=numbers)
    legs = _legs(entries)
    people = read_entries(entries).select_related(
        "recorded_by",
        "approved_by",
        "purchase__store",
        "refund__purchase__store",
        "reverses__purchase__store",
        "closes_hold__entry",
    )
    found = {entry.pk: _line(entry, legs[entry.pk], after[entry.pk]) for entry in people}
    return [found[pk] for pk in numbers]


def _line(entry: Entry, legs: Mapping[str, int], balance: int) -> Line:
    words = dict(Posting.LedgerAccount.choices)
    return Line(
        entry=entry,
        title=title_of(entry, legs),
        details=tuple(details_of(entry)),
        legs=tuple((str(words[name]), amount) for name, amount in legs.items()),
        lots=tuple(entry.lots.all()),
        points=legs.get(On.ACTIVE, 0),
        balance=balance,
    )


def _legs(entries: QuerySet[Entry]) -> dict[int, dict[str, int]]:
    legs: dict[int, dict[str, int]] = defaultdict(dict)
    postings = Posting.objects.filter(entry__in=entries).order_by("pk")
    for entry_id, name, amount in postings.values_list("entry", "ledger_account", "amount"):
        legs[entry_id][name] = legs[entry_id].get(name, 0) + amount
    return legs
