"""Payments at the same moment: each friend is paid for once, and a year's limit holds."""

from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import IntegrityError, connection

from loyalty import audit, ledger, referral_payment, referrals
from loyalty.models import Entry, Purchase, Referral, ReferralCode
from profiles.models import Member
from tests import cast
from tests.loyalty.books import check_books
from tests.loyalty.referral_cast import NOW, bought, brought, day, newcomer, paid, returned, rule
from tests.loyalty.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

ONE_WRITER = connection.vendor == "sqlite"
MANY = 8 if ONE_WRITER else 50


@pytest.fixture
def club(transactional_db: None, django_db_serialized_rollback: None) -> cast.Club:
    """The club, really committed, so that other connections see it."""
    return cast.club()


@pytest.fixture
def gloria(club: cast.Club) -> Member:
    """A regular since long before."""
    return newcomer(club, "Gloria", day(-400))


def _bought(friends: list[Referral]) -> list[Purchase]:
    return [bought(friend.referred, 30, day(0)) for friend in friends]


def _friends(club: cast.Club, referrer: Member, number: int) -> list[Referral]:
    return [brought(club, referrer, f"F{n}", new_rule=False) for n in range(number)]


def _without_errors(results: list[Any]) -> list[Any]:
    assert not [one for one in results if isinstance(one, Exception)], results
    return results


def test_each_friend_is_paid_for_once(club: cast.Club, gloria: Member) -> None:
    rule(club, max_per_year=100)
    friends = _friends(club, gloria, 12)
    _bought(friends)
    results = at_once(MANY, lambda _number: referrals.pay_due(day(14)))
    assert sum(_without_errors(results)) == 12
    assert ledger.balance(gloria.account, day(15)) == 12 * 200
    assert paid(*(friend.referred for friend in friends)) == (100,) * 12
    assert Entry.objects.filter(source="referral").count() == 24
    check_books(gloria.account)
    assert list(audit.differences()) == []


def test_a_years_limit_holds_however_many_pay(
    club: cast.Club, gloria: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(referral_payment, "CHUNK", 1)
    rule(club, max_per_year=3)
    _bought(_friends(club, gloria, 10))
    _without_errors(at_once(MANY, lambda _number: referrals.pay_due(day(14))))
    assert ledger.balance(gloria.account, day(15)) == 3 * 200
    assert Referral.objects.filter(state="paid", referrer_unpaid="limit").count() == 7


def test_without_the_wallets_locks_the_limit_is_passed(
    club: cast.Club, gloria: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(club, max_per_year=1)
    friends = _friends(club, gloria, 2)
    _bought(friends)
    both_have_read = Barrier(2)
    count = referral_payment._paid_in_a_year

    def read(*args: Any) -> Any:
        numbers = count(*args)
        try:
            both_have_read.wait(timeout=1 if ONE_WRITER else 10)
        except BrokenBarrierError:
            assert ONE_WRITER
        return numbers

    monkeypatch.setattr(referral_payment, "lock_wallets", lambda _accounts: None)
    monkeypatch.setattr(referral_payment, "_paid_in_a_year", read)
    _without_errors(at_once(2, lambda number: referral_payment._pay([friends[number].pk], day(14))))
    # SQLite's write lock, taken when a transaction begins, keeps the promise on its own.
    expected = 200 if ONE_WRITER else 400
    assert ledger.balance(gloria.account, day(15)) == expected


def test_without_the_claim_the_database_books_no_payment(
    club: cast.Club, gloria: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries of a referral that nobody has claimed are refused, and everything with them."""
    rule(club)
    (friend,) = _friends(club, gloria, 1)
    _bought([friend])
    monkeypatch.setattr(referral_payment, "_close", lambda *_args, **_facts: 1)
    with pytest.raises(IntegrityError, match="referral_entries_when_paid"):
        referral_payment._pay([friend.pk], day(14))
    assert ledger.balance(gloria.account, day(15)) == 0


def test_returns_and_payments_at_once_pay_or_wait(club: cast.Club, gloria: Member) -> None:
    rule(club, max_per_year=100)
    friends = _friends(club, gloria, 10)
    purchases = _bought(friends)

    def act(number: int) -> Any:
        if number < 5:
            return returned(purchases[number], 3_000)
        return referrals.pay_due(day(14))

    _without_errors(at_once(MANY, act))
    referrals.pay_due(day(14))
    numbers = Referral.objects.filter(state="paid").count()
    assert 5 <= numbers <= 10
    assert Referral.objects.filter(state="waiting").count() == 10 - numbers
    assert ledger.balance(gloria.account, day(15)) == numbers * 200
    assert list(audit.differences()) == []


def test_one_friend_comes_by_one_code(club: cast.Club, gloria: Member) -> None:
    rule(club)
    hugo = newcomer(club, "Hugo", NOW)
    codes = [referrals.code_of(one) for one in (gloria, newcomer(club, "Ines", day(-9)))]
    results = at_once(MANY, lambda number: referrals.attach(hugo, codes[number % 2], NOW))
    assert set(_without_errors(results)) == {Referral.objects.get()}


def test_one_member_has_one_code(gloria: Member) -> None:
    results = at_once(MANY, lambda _number: referrals.code_of(gloria))
    assert set(_without_errors(results)) == {ReferralCode.objects.get().code}
