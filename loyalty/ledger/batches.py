"""Earning by the thousand: the rows that ``earn`` writes one by one, written table by table."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from loyalty.bulk import reserve_ids, write_rows
from loyalty.idempotency import body_hash, check_same_body
from loyalty.ledger.settling import settle
from loyalty.ledger.words import Earning, On, require_points
from loyalty.models import ClosedMonth, Entry, Lot, Posting, Wallet
from profiles.models import Account

CHUNK = 5_000  # look-ups a query; SQLite allows 32,766 parameters
ENTRY_COLUMNS = (
    "id", "wallet", "kind", "source", "idempotency_key", "request_hash", "reason", "purchase",
    "occurred_at", "recorded_at", "posted_at", "qualifying", "qualified_at",
)  # fmt: skip
LOT_COLUMNS = (
    "id", "wallet", "entry", "rule", "shares", "original", "remaining", "available_at",
    "expires_at", "is_pending",
)  # fmt: skip


@transaction.atomic
def earn_many(earnings: Sequence[Earning], now: datetime | None = None) -> list[int]:
    """Book many earnings as ``earn`` would; returns their entries' primary keys, in order.

    An earning that was booked before stays as it is. Raises KeyReused, and ValueError for parcels
    that make no sense; then nothing is booked.
    """
    now = now or timezone.now()
    for earning in earnings:
        require_points(earning.parcels)
    wallets = lock_wallets({earning.account_id for earning in earnings})
    known = _known(earnings)
    new = {(one.source, one.key): one for one in earnings if (one.source, one.key) not in known}
    numbered = dict(zip(new, reserve_ids(Entry, len(new)), strict=True))
    fresh = [(numbered[key], earning) for key, earning in new.items()]
    _write(fresh, wallets, now)
    _settle_debts([earning.account_id for earning in new.values()], now)
    return [(known | numbered)[one.source, one.key] for one in earnings]


def lock_wallets(accounts: set[int]) -> dict[int, int]:
    """Lock the wallets, opening those that lack; returns them by account."""
    found: dict[int, int] = {}
    for chunk in _chunks(sorted(accounts)):
        zeros = dict.fromkeys(("active", "pending", "held", "debt"), 0)
        there = set(Wallet.objects.filter(account__in=chunk).values_list("account", flat=True))
        Wallet.objects.bulk_create(
            [Wallet(account_id=pk, **zeros) for pk in chunk if pk not in there],
            ignore_conflicts=True,
        )
        # In one order, so that two batches never wait for each other.
        rows = Wallet.objects.select_for_update().filter(account__in=chunk).order_by("pk")
        found |= dict(rows.values_list("account_id", "pk"))
    return found


def _known(earnings: Sequence[Earning]) -> dict[tuple[str, str], int]:
    """The entries that these earnings booked before. Raises KeyReused for another body."""
    hashes = {(one.source, one.key): _said(one) for one in earnings}
    found = {}
    for source in {one.source for one in earnings}:
        for chunk in _chunks([key for name, key in hashes if name == source]):
            rows = Entry.objects.filter(source=source, idempotency_key__in=chunk)
            for key, pk, stored in rows.values_list("idempotency_key", "pk", "request_hash"):
                check_same_body(stored, hashes[source, key])
                found[source, key] = pk
    return found


def _said(earning: Earning) -> str:
    """The hash that ``earn`` stores for the same request."""
    if earning.purchase_id:
        return ""
    told = [(parcel.points, str(parcel.expires_at)) for parcel in earning.parcels]
    if earning.taken_over:
        return body_hash("open", earning.account_id, told, earning.qualifying)
    return body_hash("earn", earning.account_id, told)


def _write(fresh: list[tuple[int, Earning]], wallets: dict[int, int], now: datetime) -> None:
    if not fresh:
        return
    closed = _closed_until({earning.account_id for _pk, earning in fresh})
    write_rows(Entry, ENTRY_COLUMNS, (_entry(pk, one, wallets, closed) for pk, one in fresh))
    number = sum(len(earning.parcels) for _pk, earning in fresh)
    pks = iter(reserve_ids(Lot, number))
    lots = [row for pk, one in fresh for row in _lots(pk, one, wallets, now, pks)]
    write_rows(Lot, LOT_COLUMNS, lots)
    write_rows(Posting, ("entry", "ledger_account", "amount"), _postings(fresh, now))
    _add_to_wallets(fresh, wallets, now)


def _entry(
    pk: int, earning: Earning, wallets: dict[int, int], closed: dict[int, datetime]
) -> tuple[object, ...]:
    at, until = earning.occurred_at, closed.get(earning.account_id)
    kind = Entry.Kind.ADJUST if earning.taken_over else Entry.Kind.EARN
    counts = (earning.qualified_at or at) if earning.qualifying else None
    return (
        pk, wallets[earning.account_id], kind.value, earning.source, earning.key,
        _said(earning), earning.reason, earning.purchase_id, at, timezone.now(),
        max(at, until) if until else at, earning.qualifying, counts,
    )  # fmt: skip


def _lots(
    entry: int, earning: Earning, wallets: dict[int, int], now: datetime, pks: Iterable[int]
) -> Iterable[tuple[object, ...]]:
    # Parcels first: a zip that ends has taken one more of what stands before its end.
    for parcel, pk in zip(earning.parcels, pks, strict=False):
        shares = json.dumps(parcel.shares) if parcel.shares else None
        yield (
            pk, wallets[earning.account_id], entry, parcel.rule_id, shares, parcel.points,
            parcel.points, parcel.available_at, parcel.expires_at, parcel.available_at > now,
        )  # fmt: skip


def _postings(fresh: list[tuple[int, Earning]], now: datetime) -> Iterable[tuple[int, str, int]]:
    for pk, earning in fresh:
        waiting, active = _split(earning, now)
        if waiting + active:
            origin = On.ADJUSTED if earning.taken_over else On.ISSUED
            yield pk, origin.value, -(waiting + active)
        if waiting:
            yield pk, On.PENDING.value, waiting
        if active:
            yield pk, On.ACTIVE.value, active


def _split(earning: Earning, now: datetime) -> tuple[int, int]:
    """Points that wait, and points that are there."""
    waiting = sum(parcel.points for parcel in earning.parcels if parcel.available_at > now)
    return waiting, sum(parcel.points for parcel in earning.parcels) - waiting


def _add_to_wallets(
    fresh: list[tuple[int, Earning]], wallets: dict[int, int], now: datetime
) -> None:
    sums: dict[int, tuple[int, int]] = {}
    for _pk, earning in fresh:
        wallet = wallets[earning.account_id]
        pending, active = sums.get(wallet, (0, 0))
        waiting, there = _split(earning, now)
        sums[wallet] = (pending + waiting, active + there)
    rows = [(pk, pending, active) for pk, (pending, active) in sums.items()]
    table = Wallet._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"UPDATE {table} SET pending = {table}.pending + more.pending,"  # noqa: S608
                f" active = {table}.active + more.active FROM"
                " unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS more (id, pending, active)"
                f" WHERE {table}.id = more.id",
                [list(column) for column in zip(*rows, strict=True)],
            )
            return
        cursor.executemany(
            f"UPDATE {table} SET pending = pending + %s, active = active + %s WHERE id = %s",  # noqa: S608
            [(pending, active, pk) for pk, pending, active in rows],
        )


def _closed_until(accounts: set[int]) -> dict[int, datetime]:
    """Until when the books of the accounts' brands are closed, by account."""
    closed = dict(ClosedMonth.objects.order_by().values_list("brand").annotate(until=Max("until")))
    if not closed:
        return {}
    found: dict[int, datetime] = {}
    for chunk in _chunks(sorted(accounts)):
        rows = Account.objects.filter(pk__in=chunk, brand__in=closed).values_list("pk", "brand")
        found |= {pk: closed[brand] for pk, brand in rows}
    return found


def _settle_debts(accounts: Iterable[int], now: datetime) -> None:
    for chunk in _chunks(list(accounts)):
        for account in Account.objects.filter(pk__in=chunk, wallet__debt__gt=0):
            settle(account, now)


def _chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
