"""Opening a wallet's page: locking the wallet and reading what is needed, in one round trip."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache

from django.db import IntegrityError, connection, transaction
from django.db.models import Max, Model

from loyalty.idempotency import check_same_body
from loyalty.ledger.pages import Page
from loyalty.ledger.round_trips import Statement, fetch
from loyalty.ledger.words import Request
from loyalty.models import ClosedMonth, Entry, Hold, Lot, Wallet
from profiles.models import Account

LOT_FIELDS = (
    "id",
    "wallet_id",
    "original",
    "remaining",
    "available_at",
    "expires_at",
    "is_pending",
)


@contextmanager
def opened(account: Account, request: Request, now: datetime) -> Iterator[Page]:
    """Lock the account's wallet and give its page; what is booked is written at the end.

    Raises KeyReused when the request's key was used with another body.
    """
    try:
        with transaction.atomic():
            page = _open(account, request, now)
            if page.earlier:
                check_same_body(page.earlier.request_hash, request.body_hash)
            yield page
            page.write()
            for entry in page.entries:
                entry._state.adding, entry._state.db = False, connection.alias
    except IntegrityError:
        # The same key at the same moment for another wallet: that request won.
        earlier = _find_entry(request)
        if earlier is not None:
            check_same_body(earlier.request_hash, request.body_hash)
        raise


def lock_wallet(account: Account) -> Wallet:
    """Return the account's wallet, locked until the transaction ends; opens it if need be."""
    wallet, _new = Wallet.objects.get_or_create(account=account)
    return Wallet.objects.select_for_update().get(pk=wallet.pk)


def _open(account: Account, request: Request, now: datetime) -> Page:
    if connection.vendor == "postgresql":
        page = _open_in_one(account, request, now)
        if page is not None:
            return page
    return _open_in_steps(account, request, now)


def _open_in_steps(account: Account, request: Request, now: datetime) -> Page:
    wallet = lock_wallet(account)
    months = ClosedMonth.objects.filter(brand=account.brand_id)
    return Page(
        wallet=wallet,
        lots={lot.pk: lot for lot in Lot.objects.filter(wallet=wallet, remaining__gt=0)},
        earlier=_find_entry(request),
        holds_over=_holds_over(wallet, now),
        closed_until=months.aggregate(until=Max("until"))["until"],
        ids=[],
    )


def _open_in_one(account: Account, request: Request, now: datetime) -> Page | None:
    """The same in one round trip; None when the account has no wallet yet."""
    params = {
        "account": account.pk,
        "brand": account.brand_id,
        "source": request.source,
        "key": request.key,
        "now": now,
    }
    statements: list[Statement] = [
        (sql, [params[name] for name in names]) for sql, names in _opening()
    ]
    wallets, entries, lots, others = fetch(statements)
    if not wallets:
        return None
    holds_over, closed_until, fresh = others[0]
    found = [Lot.from_db(connection.alias, LOT_FIELDS, row) for row in lots]
    return Page(
        wallet=Wallet.from_db(connection.alias, _wallet_fields(), wallets[0]),
        lots={lot.pk: lot for lot in found},
        earlier=Entry.objects.get(pk=entries[0][0]) if entries else None,
        holds_over=holds_over,
        closed_until=closed_until,
        ids=[fresh],
    )


@cache
def _wallet_fields() -> list[str]:
    return [field.attname for field in Wallet._meta.concrete_fields]


@cache
def _opening() -> list[tuple[str, tuple[str, ...]]]:
    mine = f"(SELECT id FROM {_table(Wallet)} WHERE account_id = %s)"  # noqa: S608
    columns = ", ".join(_wallet_fields())
    lots = ", ".join(LOT_FIELDS)
    holds = f"SELECT 1 FROM {_table(Hold)} WHERE wallet_id = {mine} AND state = 'open'"  # noqa: S608
    months = f"SELECT max(until) FROM {_table(ClosedMonth)} WHERE brand_id = %s"  # noqa: S608
    sequence = f"{_table(Entry)}_id_seq"
    return [
        (f"SELECT {columns} FROM {_table(Wallet)} WHERE account_id = %s FOR UPDATE", ("account",)),  # noqa: S608
        (
            f"SELECT id FROM {_table(Entry)} WHERE source = %s AND idempotency_key = %s",  # noqa: S608
            ("source", "key"),
        ),
        (
            f"SELECT {lots} FROM {_table(Lot)} WHERE wallet_id = {mine} AND remaining > 0",  # noqa: S608
            ("account",),
        ),
        (
            f"SELECT EXISTS ({holds} AND expires_at <= %s), ({months}), nextval('{sequence}')",
            ("account", "now", "brand"),
        ),
    ]


def _holds_over(wallet: Wallet, now: datetime) -> bool:
    return Hold.objects.filter(wallet=wallet, state=Hold.State.OPEN, expires_at__lte=now).exists()


def _find_entry(request: Request) -> Entry | None:
    return Entry.objects.filter(source=request.source, idempotency_key=request.key).first()


def _table(model: type[Model]) -> str:
    return model._meta.db_table
