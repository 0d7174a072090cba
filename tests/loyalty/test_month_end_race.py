"""A month is closed while tills book: no entry gets into it afterwards, its figures stay true.

On PostgreSQL closing locks all wallets. On SQLite every transaction takes the one write lock.
"""

from datetime import UTC, date, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Model

from loyalty import audit, closed_months_trigger, ledger, months
from loyalty.models import ClosedMonth, Entry
from profiles.models import Account
from tests import cast
from tests.loyalty.books import check_books, earn
from tests.loyalty.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

MARCH = date(2026, 3, 1)
IN_MARCH = datetime(2026, 3, 15, 12, tzinfo=UTC)
IN_APRIL = datetime(2026, 4, 2, 12, tzinfo=UTC)
TILLS, BOOKINGS = 8, 6


@pytest.fixture
def club(transactional_db: None, django_db_serialized_rollback: None) -> cast.Club:
    """The club, really committed, its closed months guarded."""
    closed_months_trigger.install(connection)
    return cast.club()


@pytest.fixture
def accounts(club: cast.Club) -> list[Account]:
    """Half as many households as tills, each with points of March; some of them lapse in it."""
    members = [cast.member(club, f"Regular{number}") for number in range(TILLS // 2)]
    for member in members:
        earn(member.account, 1_000, f"first-{member.pk}", IN_MARCH, now=IN_MARCH)
        soon = IN_MARCH + timedelta(days=3)
        earn(member.account, 50, f"lapse-{member.pk}", IN_MARCH, expires_at=soon, now=IN_MARCH)
    return [member.account for member in members]


def _book(account: Account, till: int) -> list[Entry]:
    """What a till reports in April of March: purchases, redemptions, and what it gives back."""
    found = []
    for number in range(BOOKINGS):
        key = f"{till}-{number}"
        if number % 3 == 0:
            found.append(earn(account, 7, f"e-{key}", IN_MARCH, now=IN_APRIL))
        elif number % 3 == 1:
            found.append(_redeem(account, key))
        else:
            found.append(ledger.reverse(found[-1], "till", f"u-{key}", now=IN_APRIL))
    return found


def _redeem(account: Account, key: str) -> Entry:
    return ledger.redeem(account, 5, "till", f"r-{key}", occurred_at=IN_MARCH, now=IN_APRIL)


def _known(closed: ClosedMonth) -> set[int]:
    since, until = months.span(closed.brand, MARCH)
    rows = Entry.objects.filter(posted_at__gte=since, posted_at__lt=until)
    return set(rows.values_list("pk", flat=True))


def test_bookings_land_in_the_month_before_it_closes_or_in_the_next(
    club: cast.Club, accounts: list[Account]
) -> None:
    known: list[set[int]] = []

    def act(number: int) -> Any:
        if number < TILLS:
            return _book(accounts[number % len(accounts)], number)
        closed = months.close(club.brand, MARCH, now=IN_APRIL)
        known.append(_known(closed))
        return closed

    results = at_once(TILLS + 1, act)
    assert [type(one) for one in results] == [list] * TILLS + [ClosedMonth], results[-1]
    closed = results[-1]
    assert known == [_known(closed)]
    assert closed.figures == months.report(club.brand, MARCH).figures()
    assert closed.figures == months.report(club.brand, MARCH, closed.closed_at).figures()
    booked = Entry.objects.filter(kind__in=("earn", "redeem", "reverse"))
    assert booked.count() == TILLS * BOOKINGS + 2 * len(accounts)
    assert not list(audit.differences())
    for account in accounts:
        check_books(account)


def test_of_many_who_close_a_month_one_does(club: cast.Club, accounts: list[Account]) -> None:
    results = at_once(4, lambda _number: months.close(club.brand, MARCH, now=IN_APRIL))
    assert sum(isinstance(one, ClosedMonth) for one in results) == 1
    assert sum(isinstance(one, months.NotClosable) for one in results) == 3


def _close_while_an_entry_is_under_way(club: cast.Club, account: Account) -> ClosedMonth:
    """An entry is written, but not committed, as somebody closes the month."""
    written, closed = Event(), Event()

    def act(number: int) -> Any:
        if number:
            written.wait(timeout=10)
            try:
                return months.close(club.brand, MARCH, now=IN_APRIL)
            finally:
                closed.set()
        with transaction.atomic():
            earn(account, 9, "under way", IN_MARCH, now=IN_APRIL)
            written.set()
            # Whoever closes may have to wait for this entry: then it does not end before.
            return closed.wait(timeout=1)

    result = at_once(2, act)[1]
    assert isinstance(result, ClosedMonth), result
    return result


def test_closing_waits_for_an_entry_that_is_under_way(
    club: cast.Club, accounts: list[Account]
) -> None:
    closed = _close_while_an_entry_is_under_way(club, accounts[0])
    assert closed.figures == months.report(club.brand, MARCH).figures()


def test_without_the_lock_an_entry_slips_into_the_closed_month(
    club: cast.Club, accounts: list[Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_lock(_model: type[Model]) -> None:
        """Lock nothing."""

    monkeypatch.setattr(months, "lock_table", no_lock)
    for account in accounts:
        # What lapses would lock its wallet: here nothing does.
        ledger.settle(account, months.span(club.brand, MARCH)[1])
    closed = _close_while_an_entry_is_under_way(club, accounts[0])
    slipped = closed.figures != months.report(club.brand, MARCH).figures()
    # SQLite's write lock, taken when a transaction begins, keeps the promise on its own.
    assert slipped == (connection.vendor == "postgresql")
