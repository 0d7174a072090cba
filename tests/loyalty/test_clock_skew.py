"""Hosts whose clocks disagree: a lot that has lapsed by one clock lapses no second time."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from loyalty import audit, expiry, ledger
from loyalty.models import Entry, Lot, Wallet
from profiles.models import Account, Member
from tests.loyalty.books import MARCH, check_books, earn

SECOND = timedelta(seconds=1)
END = MARCH + timedelta(days=30)
LATER = END + 3 * SECOND
Touch = Callable[[Account, datetime], object]
TOUCHES: dict[str, Touch] = {
    "settled": ledger.settle,
    "expired with all others": lambda _account, now: expiry.expire_due(now),
    "earned on": lambda account, now: earn(account, 5, "later", now, now=now),
}


@pytest.fixture
def account(gloria: Member) -> Account:
    """Fifty points that end in a month."""
    earn(gloria.account, 50, "a", MARCH, expires_at=END, now=MARCH)
    return gloria.account


def _check_lapsed(account: Account) -> None:
    check_books(account)
    assert not list(audit.differences())
    assert Lot.objects.earliest("pk").remaining == 0
    assert Entry.objects.filter(source="expiry").count() == 1


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_a_redemption_given_back_by_a_slow_clock_stays_lapsed(
    account: Account, touch: Touch
) -> None:
    spent = ledger.redeem(account, 5, "till", "r", now=END - 10 * SECOND)
    ledger.settle(account, END + SECOND)
    ledger.reverse(spent, "till", "u", now=END - SECOND)
    assert Wallet.objects.get().active == 0
    touch(account, LATER)
    _check_lapsed(account)


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_a_hold_released_by_a_slow_clock_stays_lapsed(account: Account, touch: Touch) -> None:
    hold = ledger.hold(account, 5, "till", "h", now=END - 10 * SECOND)
    ledger.settle(account, END + SECOND)
    ledger.release(hold, "till", "l", now=END - SECOND)
    assert Wallet.objects.get().active == 0
    touch(account, LATER)
    _check_lapsed(account)


def test_what_was_spent_whole_and_has_not_lapsed_comes_back(account: Account) -> None:
    spent = ledger.redeem(account, 50, "till", "r", now=END - 10 * SECOND)
    ledger.reverse(spent, "till", "u", now=END - SECOND)
    assert Wallet.objects.get().active == 50
    check_books(account)
