"""Tills at the same moment: limits hold. Each promise has a control that shows the race it stops.

On PostgreSQL rows are locked. On SQLite every transaction takes the one write lock as it begins.
"""

from contextlib import nullcontext
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from loyalty import audit, ledger, vouchers
from loyalty.ledger import opening
from loyalty.models import Entry, Hold, Voucher, VoucherUse, Wallet
from profiles.models import Account, Member
from tests import cast
from tests.loyalty.books import check_books, earn
from tests.loyalty.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

TILLS = 8


@pytest.fixture
def club(transactional_db: None, django_db_serialized_rollback: None) -> cast.Club:
    """The club, really committed, so that other connections see it."""
    return cast.club()


@pytest.fixture
def gloria(club: cast.Club) -> Member:
    """A plain regular."""
    return cast.gloria(club)


@pytest.fixture
def voucher(club: cast.Club, gloria: Member) -> Voucher:
    """Gloria's voucher, for one use."""
    vouchers.issue([cast.offer(club).pk], [gloria.pk])
    return Voucher.objects.get()


def _redeem(voucher: Voucher, key: str) -> VoucherUse:
    return vouchers.redeem("till-1", key, voucher.code, "hash", timezone.now())


def _outcomes(results: list[Any], good: type) -> tuple[int, set[type]]:
    """How many were ``good``, and what the others were."""
    others = {type(result) for result in results if not isinstance(result, good)}
    return sum(isinstance(result, good) for result in results), others


@pytest.mark.parametrize("limit", [1, 3])
def test_a_voucher_is_used_exactly_as_often_as_it_may_be(voucher: Voucher, limit: int) -> None:
    Voucher.objects.update(max_uses=limit)
    results = at_once(TILLS, lambda number: _redeem(voucher, f"k-{number}"))
    assert _outcomes(results, VoucherUse) == (limit, {vouchers.VoucherRefused})
    voucher.refresh_from_db()
    assert voucher.uses == VoucherUse.objects.count() == limit


def test_without_lock_and_claim_a_voucher_is_used_too_often(
    voucher: Voucher, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_have_read = Barrier(2)

    def read_then_write(voucher: Voucher) -> bool:
        left = voucher.uses < voucher.max_uses
        all_have_read.wait(timeout=10)
        Voucher.objects.filter(pk=voucher.pk).update(uses=voucher.uses + 1)
        return left

    def look(code: str) -> Voucher | None:
        return Voucher.objects.select_related("offer").filter(code=code).first()

    monkeypatch.setattr(vouchers, "_claim", read_then_write)
    monkeypatch.setattr(vouchers, "_lock", look)
    monkeypatch.setattr(transaction, "atomic", nullcontext)
    results = at_once(2, lambda number: _redeem(voucher, f"k-{number}"))
    assert _outcomes(results, VoucherUse) == (2, set())


def test_the_same_request_from_every_till_is_one_use(voucher: Voucher) -> None:
    results = at_once(TILLS, lambda _number: _redeem(voucher, "the same"))
    assert len(set(results)) == 1
    assert results[0] == VoucherUse.objects.get()


def _with_hundred_points(gloria: Member) -> Account:
    earn(gloria.account, 100, "e", timezone.now())
    return gloria.account


def test_fifty_tills_redeem_ten_points_of_a_hundred(gloria: Member) -> None:
    account = _with_hundred_points(gloria)
    results = at_once(50, lambda number: ledger.redeem(account, 10, "test", f"r-{number}"))
    assert _outcomes(results, Entry) == (10, {ledger.NotEnoughPoints})
    assert ledger.balance(account) == 0
    check_books(account)
    assert list(audit.differences()) == []


def test_the_same_redemption_from_fifty_tills_is_one(gloria: Member) -> None:
    account = _with_hundred_points(gloria)
    results = at_once(50, lambda _number: ledger.redeem(account, 10, "test", "the same"))
    assert len(set(results)) == 1
    assert ledger.balance(account) == 90


def test_holds_redemptions_and_earnings_meet_on_one_wallet(gloria: Member) -> None:
    account = _with_hundred_points(gloria)

    def act(number: int) -> Any:
        if number % 3 == 0:
            return earn(account, 5, f"e-{number}", timezone.now())
        if number % 3 == 1:
            return ledger.hold(account, 20, "test", f"h-{number}")
        return ledger.redeem(account, 20, "test", f"r-{number}")

    results = at_once(30, act)
    spent = sum(isinstance(one, Hold) or getattr(one, "kind", "") == "redeem" for one in results)
    assert {type(one) for one in results} <= {Entry, Hold, ledger.NotEnoughPoints}
    assert ledger.balance(account) == 150 - 20 * spent
    check_books(account)
    assert list(audit.differences()) == []


def test_accounts_that_merge_both_ways_at_once_lose_nothing(
    club: cast.Club, gloria: Member
) -> None:
    one, other = _with_hundred_points(gloria), Account.objects.create(brand=club.brand)
    earn(other, 7, "o", timezone.now())
    pairs = [(one, other), (other, one)]
    results = at_once(
        2, lambda number: ledger.transfer(*pairs[number], "test", f"t-{number}", reason="Merged")
    )
    assert not [one for one in results if isinstance(one, Exception)]
    assert ledger.balance(one) + ledger.balance(other) == 107
    assert list(audit.differences()) == []


def test_without_the_wallets_lock_points_are_spent_twice(
    gloria: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = _with_hundred_points(gloria)
    all_have_read = Barrier(2)

    def look(account: Account) -> Wallet:
        wallet = Wallet.objects.get(account=account)
        try:
            all_have_read.wait(timeout=1)
        except BrokenBarrierError:
            assert connection.vendor == "sqlite"
        return wallet

    monkeypatch.setattr(opening, "_open_in_one", lambda *_told: None)
    monkeypatch.setattr(opening, "lock_wallet", look)
    results = at_once(2, lambda number: ledger.redeem(account, 100, "test", f"r-{number}"))
    # SQLite's write lock, taken when a transaction begins, keeps the promise on its own.
    expected = 1 if connection.vendor == "sqlite" else 2
    assert _outcomes(results, Entry)[0] == expected
