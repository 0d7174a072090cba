"""The points ledger: the only writer of wallets, entries, postings, lots and allocations.

Every verb is one transaction that locks the wallet, answers a repeated request with what it
booked the first time, settles what time has changed (points that matured or lapsed), and then
books one entry. So points that lapsed cannot be spent even if no job ever runs, and two
simultaneous redemptions of the last points meet at the wallet's lock.

Worked example. A purchase earns 100 points: issued -100, active +100, a lot of 100. Redeeming
30: active -30, redeemed +30, an allocation of 30 from that lot. At its end the lot's 70 lapse:
active -70, expired +70. Had the purchase been reversed before, its 70 points would have gone
back to issued, and the 30 that were spent would stand as debt, paid by what is earned next.

Points are whole numbers. ``now`` defaults to the present and exists for replays and tests.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from loyalty.booking import On, Request, Take, book, find_entry, lock_wallet
from loyalty.idempotency import body_hash
from loyalty.lots import Due, allocate, due, lapsed_points
from loyalty.models import Entry, Lot, Posting, Purchase, Wallet
from profiles.models import Account


class NotEnoughPoints(Exception):
    """The wallet holds fewer spendable points than asked for."""


class NotReversible(Exception):
    """The entry was reversed before, or is of a kind that time alone undoes."""


@transaction.atomic
def earn(
    account: Account,
    points: int,
    source: str,
    key: str,
    *,
    occurred_at: datetime,
    available_at: datetime | None = None,
    expires_at: datetime | None = None,
    purchase: Purchase | None = None,
    now: datetime | None = None,
) -> Entry:
    """Book earned points as a lot, pending while ``available_at`` lies ahead; pays debt first."""
    _require_positive(points)
    now, available_at = now or timezone.now(), available_at or occurred_at
    wallet = lock_wallet(account)
    # What a purchase says was compared when it was recorded; its key here is its own number.
    request = Request(source, key, "" if purchase else body_hash("earn", account.pk, points))
    if earlier := find_entry(request):
        return earlier
    pending = available_at > now
    legs = {On.ISSUED: -points, On.PENDING if pending else On.ACTIVE: points}
    entry = book(wallet, Entry.Kind.EARN, request, occurred_at, legs, purchase=purchase)
    Lot.objects.create(
        wallet=wallet,
        entry=entry,
        original=points,
        remaining=points,
        available_at=available_at,
        expires_at=expires_at,
        is_pending=pending,
    )
    if wallet.debt:
        _settle(wallet, now)
    return entry


@transaction.atomic
def redeem(
    account: Account, points: int, source: str, key: str, *, now: datetime | None = None
) -> Entry:
    """Spend points, nearest expiry first. Raises NotEnoughPoints, KeyReused."""
    _require_positive(points)
    now = now or timezone.now()
    wallet = lock_wallet(account)
    request = Request(source, key, body_hash("redeem", account.pk, points))
    if earlier := find_entry(request):
        return earlier
    _settle(wallet, now)
    if points > wallet.active:
        raise NotEnoughPoints(f"{points} asked for, {wallet.active} there.")
    legs = {On.ACTIVE: -points, On.REDEEMED: points}
    return book(wallet, Entry.Kind.REDEEM, request, now, legs, allocate(wallet, points))


@transaction.atomic
def reverse(entry: Entry, source: str, key: str, *, now: datetime | None = None) -> Entry:
    """Undo a whole earning or redemption. Raises NotReversible, KeyReused."""
    now = now or timezone.now()
    wallet = lock_wallet(entry.wallet.account)
    request = Request(source, key, body_hash("reverse", entry.pk))
    if earlier := find_entry(request):
        return earlier
    if Entry.objects.filter(reverses=entry).exists():
        raise NotReversible("The entry was reversed before.")
    _settle(wallet, now)
    legs, takes = _undoing(entry, wallet, now)
    reversal = book(wallet, Entry.Kind.REVERSE, request, now, legs, takes, reverses=entry)
    _repay(wallet, now)
    return reversal


@transaction.atomic
def settle(account: Account, now: datetime | None = None) -> None:
    """Book what has matured or lapsed; running it twice changes nothing more."""
    _settle(lock_wallet(account), now or timezone.now())


def balance(account: Account, at: datetime | None = None) -> int:
    """Return the points that may be spent at a moment, booked or not; debt is not subtracted."""
    at = at or timezone.now()
    wallet = Wallet.objects.filter(account=account).first()
    if wallet is None:
        return 0
    postings = Posting.objects.filter(
        entry__wallet=wallet, entry__occurred_at__lte=at, ledger_account=On.ACTIVE
    )
    booked = int(postings.aggregate(points=Sum("amount"))["points"] or 0)
    return booked + sum(change.active_points for change in due(wallet, at))


def _require_positive(points: int) -> None:
    if points <= 0:
        raise ValueError("Points must be a positive whole number.")


def _settle(wallet: Wallet, now: datetime) -> None:
    for change in due(wallet, now):
        if change.lapsed:
            _lapse(wallet, change)
        else:
            _mature(wallet, change)
    _repay(wallet, now)


def _lapse(wallet: Wallet, change: Due) -> None:
    lot, points = change.lot, change.lot.remaining
    request = Request("expiry", f"lot:{lot.pk}")
    legs = {On.ACTIVE: -points, On.EXPIRED: points}
    book(wallet, Entry.Kind.EXPIRE, request, change.at, legs, [(lot, points)])


def _mature(wallet: Wallet, change: Due) -> None:
    lot = change.lot
    request = Request("maturing", f"lot:{lot.pk}")
    legs = {On.PENDING: -lot.remaining, On.ACTIVE: lot.remaining}
    book(wallet, Entry.Kind.EARN, request, change.at, legs)
    lot.is_pending = False
    lot.save(update_fields=["is_pending"])


def _repay(wallet: Wallet, now: datetime) -> None:
    """Pay debt out of active points, if there are both."""
    points = min(wallet.debt, wallet.active)
    if not points:
        return
    paid_before = Entry.objects.filter(wallet=wallet, source="debt").count()
    request = Request("debt", f"wallet:{wallet.pk}:{paid_before}")
    legs = {On.ACTIVE: -points, On.DEBT: points}
    book(wallet, Entry.Kind.ADJUST, request, now, legs, allocate(wallet, points))


def _undoing(entry: Entry, wallet: Wallet, now: datetime) -> tuple[dict[On, int], list[Take]]:
    if entry.kind == Entry.Kind.REDEEM:
        return _undoing_redemption(entry, now)
    lot = Lot.objects.filter(entry=entry).first()
    if lot is None:
        raise NotReversible("Only earnings and redemptions can be reversed.")
    return _undoing_earning(lot, wallet)


def _undoing_redemption(entry: Entry, now: datetime) -> tuple[dict[On, int], list[Take]]:
    """Give the points back to their lots; those of a lot that has ended meanwhile lapse at once."""
    taken = [(row.lot, row.amount) for row in entry.allocations.select_related("lot")]
    ended = [(lot, points) for lot, points in taken if lot.expires_at and lot.expires_at <= now]
    total, lapsed = (sum(points for _lot, points in rows) for rows in (taken, ended))
    legs = {On.REDEEMED: -total, On.ACTIVE: total - lapsed, On.EXPIRED: lapsed}
    return legs, [(lot, -points) for lot, points in taken] + ended


def _undoing_earning(lot: Lot, wallet: Wallet) -> tuple[dict[On, int], list[Take]]:
    """Take back what is left of the lot, then from other lots; what is missing becomes debt."""
    lapsed = lapsed_points(lot)
    spent = lot.original - lot.remaining - lapsed
    others = allocate(wallet, spent, leaving=lot)
    found = sum(points for _lot, points in others)
    legs = {On.ISSUED: lot.original, On.EXPIRED: -lapsed, On.DEBT: found - spent}
    legs[On.ACTIVE] = -found - (0 if lot.is_pending else lot.remaining)
    legs[On.PENDING] = -lot.remaining if lot.is_pending else 0
    return legs, [(lot, lot.remaining), *others] if lot.remaining else others
