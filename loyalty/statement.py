"""The account's points, line by line, and the member's part of the timeline."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Sum
from django.utils import timezone

from loyalty.ledger import On
from loyalty.ledger.lots import due
from loyalty.models import Entry, Posting, Purchase, VoucherUse, Wallet
from loyalty.purchases import REPLAYED_SOURCES
from loyalty.statement_words import DUE_TITLES, details_of, read_entries, title_of
from profiles.localised import localise
from profiles.models import Account, Member
from profiles.timeline import TimelineItem


@dataclass(frozen=True)
class StatementLine:
    """A change of points and why, and what there was after it.

    ``points`` changes what may be spent, whose running sum is ``balance``. ``waiting`` are points
    that were earned but may be spent only later, ``aside`` those set aside for something, ``owed``
    those that were given away without being there: each a change, with its own running sum.
    """

    at: datetime
    title: str
    points: int
    balance: int
    kind: str
    waiting: int = 0
    aside: int = 0
    owed: int = 0
    waiting_after: int = 0
    aside_after: int = 0
    owed_after: int = 0
    details: tuple[str, ...] = ()


def statement(account: Account, at: datetime | None = None) -> list[StatementLine]:
    """Every change up to a moment (default: now), newest first; the first line has the balance."""
    at = at or timezone.now()
    wallet = Wallet.objects.filter(account=account).first()
    if wallet is None:
        return []
    changes = [*_booked(wallet, at), *_not_booked(wallet, at)]
    return list(_running(sorted(changes, key=lambda change: change.at)))[::-1]


def timeline_items(member: Member) -> Iterator[TimelineItem]:
    """The household's purchases and redeemed points, and the vouchers this member used."""
    yield from _purchases(member)
    yield from _voucher_uses(member)
    yield from _redeemed_points(member)


def _running(changes: Iterable[StatementLine]) -> Iterator[StatementLine]:
    """The lines with their running sums, oldest first."""
    balance = waiting = aside = owed = 0
    for line in changes:
        balance, waiting = balance + line.points, waiting + line.waiting
        aside, owed = aside + line.aside, owed + line.owed
        yield replace(
            line, balance=balance, waiting_after=waiting, aside_after=aside, owed_after=owed
        )


def _booked(wallet: Wallet, at: datetime) -> Iterator[StatementLine]:
    entries = wallet.entries.filter(occurred_at__lte=at)
    legs: dict[int, dict[str, int]] = defaultdict(dict)
    postings = Posting.objects.filter(entry__in=entries).order_by()
    sums = postings.values_list("entry", "ledger_account").annotate(points=Sum("amount"))
    for entry_id, ledger_account, points in sums:
        legs[entry_id][ledger_account] = points
    for entry in read_entries(entries):
        # A move without points only takes a tier's counter along.
        if legs[entry.pk] or entry.kind != Entry.Kind.MOVE:
            yield _line(entry, legs[entry.pk])


def _line(entry: Entry, legs: Mapping[str, int]) -> StatementLine:
    return StatementLine(
        at=entry.occurred_at,
        title=title_of(entry, legs),
        points=legs.get(On.ACTIVE, 0),
        balance=0,
        kind=entry.kind,
        waiting=legs.get(On.PENDING, 0),
        aside=legs.get(On.HELD, 0),
        owed=-legs.get(On.DEBT, 0),
        details=tuple(details_of(entry)),
    )


def _not_booked(wallet: Wallet, at: datetime) -> Iterator[StatementLine]:
    """What time has changed and the ledger will book at its next occasion."""
    for change in due(wallet, at):
        yield StatementLine(
            at=change.at,
            title=str(DUE_TITLES[change.what]),
            points=change.active,
            balance=0,
            kind=Entry.Kind.EXPIRE if change.what == "lapsed" else Entry.Kind.MOVE,
            waiting=change.pending,
            aside=-change.active if change.what == "released" else 0,
        )


def _purchases(member: Member) -> Iterator[TimelineItem]:
    purchases = Purchase.objects.filter(account=member.account).select_related("store")
    for purchase in purchases:
        yield TimelineItem(
            purchase.occurred_at,
            "purchase",
            f"Purchase of {_money(purchase.total_minor, purchase.currency)}",
            str(purchase.store or ""),
            "tag",
            replayed=purchase.source in REPLAYED_SOURCES,
        )


def _voucher_uses(member: Member) -> Iterator[TimelineItem]:
    uses = VoucherUse.objects.filter(voucher__member=member)
    for use in uses.select_related("voucher__offer", "store"):
        title = localise(use.voucher.offer.title, "en")
        value = _money(use.value_minor, use.currency) if use.value_minor else ""
        detail = ", ".join(part for part in (value, str(use.store or "")) if part)
        yield TimelineItem(
            use.occurred_at, "redeemed", f"Redeemed: {title}", detail, "ticket", "", use.replayed
        )


def _redeemed_points(member: Member) -> Iterator[TimelineItem]:
    entries = Entry.objects.filter(wallet__account=member.account, kind=Entry.Kind.REDEEM)
    for entry in entries.annotate(points=Sum("allocations__amount")):
        title = f"Redeemed {entry.points} points"
        yield TimelineItem(entry.occurred_at, "points", title, entry.reason, "pick")


def _money(minor: int, currency: str) -> str:
    return f"{minor / 100:,.2f} {currency}"
