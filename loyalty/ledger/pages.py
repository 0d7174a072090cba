"""A wallet's open page: locked, read in one round trip, written in another.

A verb opens a page, books entries on it in memory, and the page is written when it closes. Signs,
seen from the member: active, pending and held points are positive postings, debt is a negative
one, and the club's accounts (issued, redeemed, expired, adjusted, transferred) carry the other
leg.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model

from loyalty.bulk import reserve_ids
from loyalty.ledger.round_trips import change, insertion, run
from loyalty.ledger.words import On, Parcel, Request, Take, WalletMoved
from loyalty.models import Allocation, Entry, Hold, Lot, Posting, Wallet

SUMS = {On.ACTIVE: "active", On.PENDING: "pending", On.HELD: "held", On.DEBT: "debt"}


@dataclass
class Page:
    """A locked wallet with its open lots, and what is being booked on it.

    ``earlier`` is what the same request booked before; ``holds_over`` tells whether some hold
    has run out; entries that happened before ``closed_until`` are posted then.
    """

    wallet: Wallet
    lots: dict[int, Lot]
    earlier: Entry | None
    holds_over: bool
    closed_until: datetime | None
    ids: list[int]
    entries: list[Entry] = field(default_factory=list)
    postings: list[Posting] = field(default_factory=list)
    allocations: list[Allocation] = field(default_factory=list)
    new_lots: list[Lot] = field(default_factory=list)
    new_holds: list[Hold] = field(default_factory=list)
    closed_holds: list[Hold] = field(default_factory=list)
    changed: dict[int, Lot] = field(default_factory=dict)

    def book(
        self,
        kind: Entry.Kind,
        request: Request,
        at: datetime,
        legs: Mapping[On, int],
        takes: Sequence[Take] = (),
        **facts: Any,
    ) -> Entry:
        """Book one entry; ``facts`` are further fields of it."""
        if sum(legs.values()):
            raise ValueError(f"The legs of an entry must sum to zero: {legs}")
        entry = Entry(
            pk=self.ids.pop() if self.ids else _fresh(Entry, 1, len(self.entries))[0],
            wallet=self.wallet,
            kind=kind,
            source=request.source,
            idempotency_key=request.key,
            request_hash=request.body_hash,
            occurred_at=at,
            posted_at=max(at, self.closed_until) if self.closed_until else at,
            **facts,
        )
        self.entries.append(entry)
        self._post(entry, legs)
        for take in takes:
            self._take(entry, take)
        return entry

    def add_lots(self, entry: Entry, parcels: Sequence[Parcel], now: datetime) -> list[Lot]:
        """Put parcels of points into the wallet as lots of an entry that books them."""
        if not parcels:
            return []
        pks = _fresh(Lot, len(parcels), len(self.new_lots))
        lots = [lot_of(entry, parcel, now, pk) for pk, parcel in zip(pks, parcels, strict=True)]
        self.new_lots += lots
        self.lots |= {lot.pk: lot for lot in lots}
        return lots

    def add_hold(self, entry: Entry, points: int, expires_at: datetime | None) -> Hold:
        """Remember that an entry set points aside."""
        hold = Hold(
            pk=_fresh(Hold, 1, len(self.new_holds))[0],
            wallet=self.wallet,
            entry=entry,
            points=points,
            expires_at=expires_at,
        )
        self.new_holds.append(hold)
        return hold

    def close_hold(self, hold: Hold, state: Hold.State, entry: Entry) -> None:
        """Remember which entry ended a hold, and how."""
        hold.state, hold.closed_by = state, entry
        self.closed_holds.append(hold)

    def load(self, lots: Sequence[Lot]) -> list[Lot]:
        """Return the page's own instances of these lots, which may have been empty.

        Raises WalletMoved when they went to another wallet before this one was locked.
        """
        for lot in lots:
            if lot.wallet_id != self.wallet.pk:
                raise WalletMoved("These points have just moved to another wallet. Try again.")
            self.lots.setdefault(lot.pk, lot)
        return [self.lots[lot.pk] for lot in lots]

    def mature(self, lot: Lot) -> None:
        """Remember that a lot's points are active now."""
        lot.is_pending = False
        self.changed[lot.pk] = lot

    def write(self) -> None:
        """Write what was booked; nothing when nothing was."""
        fresh = {lot.pk for lot in self.new_lots}
        run(
            [
                insertion(self.entries, Entry),
                insertion(self.new_lots, Lot),
                insertion(self.postings, Posting),
                insertion(self.allocations, Allocation),
                insertion(self.new_holds, Hold),
                *(change(hold, "state", "closed_by") for hold in self.closed_holds),
                *(
                    change(lot, "remaining", "is_pending")
                    for lot in self.changed.values()
                    if lot.pk not in fresh
                ),
                change(self.wallet, *SUMS.values()) if self.postings else ("", ()),
            ]
        )

    def _post(self, entry: Entry, legs: Mapping[On, int]) -> None:
        for on, amount in legs.items():
            if amount:
                self.postings.append(Posting(entry=entry, ledger_account=on, amount=amount))
            if on in SUMS:
                name, sign = SUMS[on], -1 if on == On.DEBT else 1
                setattr(self.wallet, name, getattr(self.wallet, name) + sign * amount)

    def _take(self, entry: Entry, take: Take) -> None:
        if not take.amount:
            return
        take.lot.remaining -= take.amount
        self.changed[take.lot.pk] = take.lot
        self.allocations.append(
            Allocation(entry=entry, lot=take.lot, part=take.part, amount=take.amount)
        )


def lot_of(entry: Entry, parcel: Parcel, now: datetime, pk: int) -> Lot:
    """The lot that a parcel becomes; pending while its day lies ahead."""
    return Lot(
        pk=pk,
        wallet_id=entry.wallet_id,
        entry=entry,
        rule_id=parcel.rule_id,
        shares=[list(share) for share in parcel.shares] or None,
        original=parcel.points,
        remaining=parcel.points,
        available_at=parcel.available_at,
        expires_at=parcel.expires_at,
        is_pending=parcel.available_at > now,
    )


def _fresh(model: type[Model], number: int, waiting: int) -> list[int]:
    """Primary keys that nobody has, though ``waiting`` rows that have some are not written yet."""
    if connection.vendor == "postgresql":
        return reserve_ids(model, number)
    return reserve_ids(model, waiting + number)[waiting:]
