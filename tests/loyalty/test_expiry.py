"""Booking what is due in all wallets at once writes what settling each wallet writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from loyalty import expiry, ledger
from loyalty.models import Allocation, ClosedMonth, Entry, Hold, Lot, Posting, Wallet
from profiles.models import Account
from tests import cast
from tests.loyalty.books import MARCH, check_books
from tests.loyalty.threads import at_once

DAY = timedelta(days=1)
ENTRY = ("source", "idempotency_key", "wallet", "kind", "request_hash", "reason", "occurred_at",
         "posted_at", "qualifying", "qualified_at", "purchase", "reverses")  # fmt: skip


def _lot(account: Account, key: str, points: int, waits: int, lasts: int | None) -> Entry:
    """Points that are there after some days, and lapse after some more."""
    begin = MARCH + waits * DAY
    parcel = ledger.Parcel(points, begin, begin + lasts * DAY if lasts else None)
    name = f"{account.pk}-{key}"
    return ledger.earn(account, [parcel], "test", name, occurred_at=MARCH, now=MARCH)


@pytest.fixture
def accounts(club: cast.Club) -> list[Account]:
    """Ten wallets: points in every state, the third in debt, the fourth with a hold that ran out,
    the fifth with an open one; the books are closed until five days after the purchases.
    """
    made = [Account.objects.create(brand=club.brand) for _number in range(10)]
    for number, account in enumerate(made):
        _lot(account, "lapses", 10 + number, 0, 2 + number)
        _lot(account, "stays", 20, 0, 300)
        _lot(account, "matures", 30, 3, None)
        _lot(account, "comes and goes", 40, 3, 4)
        _lot(account, "waits", 50, 60, 9)
    ledger.redeem(made[1], 10, "test", "spent", now=MARCH)
    ledger.redeem(made[2], 100, "test", "too much", overdraw=True, now=MARCH)
    ledger.hold(made[3], 5, "test", "short", expires_at=MARCH + DAY, now=MARCH)
    ledger.hold(made[4], 5, "test", "long", expires_at=MARCH + 90 * DAY, now=MARCH)
    ClosedMonth.objects.create(
        brand=club.brand, since=MARCH - 30 * DAY, until=MARCH + 5 * DAY, closed_by=club.marketer
    )
    return made


@contextmanager
def _forgotten() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _books() -> dict[str, list[Any]]:
    """Every row of the ledger, without its number."""
    legs = Posting.objects.values_list(
        "entry__source", "entry__idempotency_key", "ledger_account", "amount"
    )
    taken = Allocation.objects.values_list(
        "entry__source", "entry__idempotency_key", "lot", "part", "amount"
    )
    return {
        "entries": sorted(Entry.objects.values_list(*ENTRY), key=repr),
        "postings": sorted(legs),
        "allocations": sorted(taken),
        "lots": list(Lot.objects.order_by("pk").values_list("pk", "remaining", "is_pending")),
        "wallets": list(Wallet.objects.order_by("pk").values_list()),
        "holds": list(Hold.objects.order_by("pk").values_list("pk", "state")),
    }


@pytest.mark.parametrize("days", [0, 1, 3, 7, 9, 70, 400])
@pytest.mark.parametrize("chunk", [3, 20_000])
def test_all_at_once_books_what_settling_each_books(
    accounts: list[Account], monkeypatch: pytest.MonkeyPatch, days: int, chunk: int
) -> None:
    monkeypatch.setattr(expiry, "RANGE", chunk)
    now, before = MARCH + days * DAY, Entry.objects.count()
    with _forgotten():
        for account in accounts:
            ledger.settle(account, now)
        settled = _books()
    booked = expiry.expire_due(now)
    assert _books() == settled
    assert Entry.objects.count() - before == booked
    assert (booked > 0) == (days > 0)
    for account in accounts:
        if account != accounts[4]:  # what is held is not in the lots
            check_books(account)


def test_twice_is_once(accounts: list[Account]) -> None:
    expiry.expire_due(MARCH + 70 * DAY)
    books = _books()
    assert expiry.expire_due(MARCH + 70 * DAY) == 0
    assert _books() == books


def test_most_wallets_are_not_settled_one_by_one(
    accounts: list[Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    settled = []
    settle = ledger.settle

    def watched(account: Account, now: Any = None) -> None:
        settled.append(account)
        settle(account, now)

    monkeypatch.setattr(ledger, "settle", watched)
    expiry.expire_due(MARCH + 70 * DAY)
    assert settled == accounts[2:4]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_tills_and_two_runs_meet(transactional_db: None) -> None:
    club = cast.club()
    accounts = [Account.objects.create(brand=club.brand) for _number in range(6)]
    for account in accounts:
        _lot(account, "lapses", 10, 0, 2)
        _lot(account, "stays", 20, 0, 300)
    now = MARCH + 7 * DAY

    def act(number: int) -> Any:
        if number < 2:
            return expiry.expire_due(now)
        return ledger.redeem(accounts[number - 2], 20, "test", f"r-{number}", now=now)

    results = at_once(8, act)
    assert not [result for result in results if isinstance(result, Exception)], connection.vendor
    assert Entry.objects.filter(source="expiry").count() == len(accounts)
    assert set(Wallet.objects.values_list("active", "pending", "debt")) == {(0, 0, 0)}
    for account in accounts:
        check_books(account)
