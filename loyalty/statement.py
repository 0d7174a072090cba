"""The account's points, line by line, and the member's part of the timeline."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.booking import On
from loyalty.lots import due
from loyalty.models import Entry, Purchase, VoucherUse, Wallet
from loyalty.purchases import REPLAYED_SOURCES
from profiles.localised import localise
from profiles.models import Account, Member
from profiles.timeline import TimelineItem


@dataclass(frozen=True)
class StatementLine:
    """A change of the points that may be spent, and what they were after it.

    ``waiting`` are points that were earned but may be spent only later; ``balance`` leaves them
    out until the line that brings them.
    """

    at: datetime
    title: str
    points: int
    balance: int
    kind: str
    waiting: int = 0


@dataclass(frozen=True)
class _Change:
    at: datetime
    title: str
    points: int
    kind: str
    waiting: int = 0


def statement(account: Account, at: datetime | None = None) -> list[StatementLine]:
    """Every change up to a moment (default: now), newest first; the first line has the balance."""
    at = at or timezone.now()
    wallet = Wallet.objects.filter(account=account).first()
    if wallet is None:
        return []
    changes = [*_booked(wallet, at), *_not_booked(wallet, at)]
    lines, balance = [], 0
    for change in sorted(changes, key=lambda change: change.at):
        balance += change.points
        lines.append(_line(change, balance))
    return lines[::-1]


def timeline_items(member: Member) -> Iterator[TimelineItem]:
    """The household's purchases and redeemed points, and the vouchers this member used."""
    yield from _purchases(member)
    yield from _voucher_uses(member)
    yield from _redeemed_points(member)


def _line(change: _Change, balance: int) -> StatementLine:
    return StatementLine(
        change.at, change.title, change.points, balance, change.kind, change.waiting
    )


def _booked(wallet: Wallet, at: datetime) -> Iterator[_Change]:
    entries = wallet.entries.filter(occurred_at__lte=at).select_related("purchase__store")
    amounts = {
        (row["pk"], row["postings__ledger_account"]): row["points"]
        for row in entries.order_by()
        .values("pk", "postings__ledger_account")
        .annotate(points=Sum("postings__amount"))
    }
    for entry in entries.order_by("occurred_at", "pk"):
        active = amounts.get((entry.pk, On.ACTIVE), 0)
        waiting = amounts.get((entry.pk, On.PENDING), 0)
        yield _Change(entry.occurred_at, _title(entry), active, entry.kind, waiting)


def _not_booked(wallet: Wallet, at: datetime) -> Iterator[_Change]:
    """What time has changed and the ledger will book at its next occasion."""
    for change in due(wallet, at):
        kind = Entry.Kind.EXPIRE if change.lapsed else Entry.Kind.EARN
        title = _("Points expired") if change.lapsed else _("Points became available")
        waiting = 0 if change.lapsed else -change.lot.remaining
        yield _Change(change.at, title, change.active_points, kind, waiting)


def _title(entry: Entry) -> str:
    if entry.source == "maturing":
        return _("Points became available")
    if entry.purchase:
        return _("Purchase at %(store)s") % {"store": entry.purchase.store or _("our shop")}
    titles = {
        Entry.Kind.EARN: _("Points earned"),
        Entry.Kind.REDEEM: _("Points redeemed"),
        Entry.Kind.EXPIRE: _("Points expired"),
        Entry.Kind.REVERSE: _("Points corrected"),
        Entry.Kind.ADJUST: _("Points owed were settled"),
    }
    return entry.reason or titles[Entry.Kind(entry.kind)]


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
