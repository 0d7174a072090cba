"""Writing one entry: its postings, the lots it takes from or gives back to, the wallet's sums.

``loyalty.ledger`` decides what to book; nothing else calls this module. Signs, seen from the
member: active, pending and held points are positive postings, debt is a negative one, and the
club's accounts (issued, redeemed, expired, adjusted) carry the other leg.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from loyalty.idempotency import check_same_body
from loyalty.models import Allocation, Entry, Lot, Posting, Purchase, Wallet
from profiles.models import Account

On = Posting.LedgerAccount
Take = tuple[Lot, int]


@dataclass(frozen=True)
class Request:
    """Who asks for an entry (source), under which key, and the hash of what was asked."""

    source: str
    key: str
    body_hash: str = ""


def lock_wallet(account: Account) -> Wallet:
    """Return the account's wallet, locked until the transaction ends; opens it if need be."""
    wallet, _new = Wallet.objects.get_or_create(account=account)
    return Wallet.objects.select_for_update().get(pk=wallet.pk)


def find_entry(request: Request) -> Entry | None:
    """Return what this request booked before, or None; KeyReused when its body was another."""
    entry = Entry.objects.filter(source=request.source, idempotency_key=request.key).first()
    if entry:
        check_same_body(entry.request_hash, request.body_hash)
    return entry


def book(
    wallet: Wallet,
    kind: Entry.Kind,
    request: Request,
    at: datetime,
    legs: Mapping[On, int],
    takes: Iterable[Take] = (),
    *,
    purchase: Purchase | None = None,
    reverses: Entry | None = None,
) -> Entry:
    """Write an entry on a locked wallet. ``takes`` are points out of lots; negative gives back."""
    if sum(legs.values()):
        raise ValueError(f"The legs of an entry must sum to zero: {legs}")
    entry = Entry.objects.create(
        wallet=wallet,
        kind=kind,
        source=request.source,
        idempotency_key=request.key,
        request_hash=request.body_hash,
        occurred_at=at,
        purchase=purchase,
        reverses=reverses,
    )
    Posting.objects.bulk_create(
        Posting(entry=entry, ledger_account=on, amount=amount)
        for on, amount in legs.items()
        if amount
    )
    _take(entry, takes)
    _add_to_sums(wallet, legs)
    return entry


def _take(entry: Entry, takes: Iterable[Take]) -> None:
    for lot, amount in takes:
        lot.remaining -= amount
        lot.save(update_fields=["remaining"])
        Allocation.objects.create(entry=entry, lot=lot, amount=amount)


def _add_to_sums(wallet: Wallet, legs: Mapping[On, int]) -> None:
    wallet.active += legs.get(On.ACTIVE, 0)
    wallet.pending += legs.get(On.PENDING, 0)
    wallet.held += legs.get(On.HELD, 0)
    wallet.debt -= legs.get(On.DEBT, 0)
    wallet.save(update_fields=["active", "pending", "held", "debt"])
