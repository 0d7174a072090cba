"""The books of a month add up, close for good, and give the same figures for ever."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from loyalty import closed_months_trigger, ledger, liability, months
from loyalty.finance_export import CodesMissing, journal_rows
from loyalty.models import ClosedMonth, Entry, LedgerAccountCode, Posting
from profiles.models import Member
from tests import cast
from tests.loyalty.books import check_books, earn

FEBRUARY, MARCH, APRIL = date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)


@pytest.fixture(autouse=True)
def trigger(db: None) -> None:
    """Months are guarded by the database."""
    closed_months_trigger.install(connection)


def on(month: int, day: int) -> datetime:
    """Noon of a day of 2026."""
    return datetime(2026, month, day, 12, tzinfo=UTC)


@pytest.fixture
def busy(gloria: Member) -> Member:
    """A member with some of everything in February and March."""
    account = gloria.account
    earn(account, 100, "february", on(2, 3), expires_at=on(3, 10), now=on(2, 3))
    earned = earn(account, 50, "march", on(3, 2), now=on(3, 2))
    ledger.redeem(account, 30, "till", "r-1", now=on(3, 3))
    undone = ledger.redeem(account, 10, "till", "r-2", now=on(3, 4))
    ledger.reverse(undone, "till", "u-2", now=on(3, 5))
    ledger.adjust(account, 7, "staff", "a-1", reason="Sorry", now=on(3, 6))
    ledger.settle(account, on(3, 11))
    ledger.reverse(earned, "till", "u-1", now=on(3, 12))
    return gloria


def points(report: months.MonthReport) -> dict[str, int]:
    """The changes that are not zero."""
    return {name: one.points for name, one in report.changes.items() if one.points}


def test_opening_and_changes_give_the_closing(club: cast.Club, busy: Member) -> None:
    report = months.report(club.brand, MARCH)
    assert (report.opening.points, report.closing.points) == (100, 7)
    assert points(report) == {
        "earned": 50,
        "redeemed": -40,
        "expired": -70,
        "adjusted": 7,
        "reversed_redemption": 10,
        "reversed_earning": -50,
    }


def test_money_adds_up_to_the_cent(
    club: cast.Club, busy: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(months, "worth_of_hundred", lambda _brand: 33)
    report = months.report(club.brand, MARCH)
    changes = sum(one.money for one in report.changes.values())
    assert report.opening.money + changes == report.closing.money == 2


def test_a_difference_is_an_error(club: cast.Club, busy: Member) -> None:
    entry = Entry.objects.filter(kind="redeem")[0]
    with transaction.atomic():
        Posting.objects.create(entry=entry, ledger_account="active", amount=5)
        with pytest.raises(months.BooksDisagree):
            months.report(club.brand, MARCH)
        transaction.set_rollback(True)


def test_a_month_is_that_of_the_brands_zone(club: cast.Club, gloria: Member) -> None:
    club.brand.time_zone = "America/New_York"
    club.brand.save()
    late = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
    earn(gloria.account, 5, "late", late, now=late)
    assert months.report(club.brand, MARCH).closing.points == 5


def test_closing_books_what_lapsed_first(club: cast.Club, gloria: Member) -> None:
    earn(gloria.account, 100, "b", on(3, 1), expires_at=on(3, 20), now=on(3, 1))
    closed = months.close(club.brand, MARCH, club.approver, now=on(4, 2))
    assert closed.figures["changes"]["expired"][0] == -100
    assert closed.figures["closing"][0] == 0
    check_books(gloria.account)


def test_months_close_in_order_and_when_they_are_over(club: cast.Club, busy: Member) -> None:
    with pytest.raises(months.NotClosable, match="2026-02"):
        months.close(club.brand, MARCH, now=on(4, 2))
    months.close(club.brand, FEBRUARY, now=on(4, 2))
    with pytest.raises(months.NotClosable, match="not over"):
        months.close(club.brand, MARCH, now=on(3, 30))
    with pytest.raises(months.NotClosable, match="2026-03"):
        months.close(club.brand, FEBRUARY, now=on(4, 2))
    months.close(club.brand, MARCH, now=on(4, 2))
    assert months.next_to_close(club.brand) == APRIL


def test_what_comes_late_changes_no_closed_month(club: cast.Club, busy: Member) -> None:
    account = busy.account
    for month in (FEBRUARY, MARCH):
        months.close(club.brand, month, now=on(4, 2))
    closed = ClosedMonth.objects.get(until=months.span(club.brand, MARCH)[1])
    earn(account, 40, "late", on(3, 15), expires_at=on(3, 25), now=on(4, 3))
    back = earn(account, 60, "later", on(3, 16), now=on(4, 3))
    ledger.redeem(account, 20, "till", "r-9", occurred_at=on(3, 17), overdraw=True, now=on(4, 4))
    ledger.reverse(back, "till", "u-9", now=on(4, 5))
    for known_at in (closed.closed_at, None):
        assert months.report(club.brand, MARCH, known_at).figures() == closed.figures
    april = months.report(club.brand, APRIL)
    assert april.opening.points == closed.figures["closing"][0]
    assert april.changes["earned"].points == 100
    check_books(account)


def test_a_closed_month_keeps_its_worth_and_the_next_is_revalued(
    club: cast.Club,
    gloria: Member,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    earn(gloria.account, 200, "b", on(3, 1), now=on(3, 1))
    closed = months.close(club.brand, MARCH, now=on(4, 2))
    monkeypatch.setattr(months, "worth_of_hundred", lambda _brand: 50)
    assert months.report(club.brand, MARCH).figures() == closed.figures
    april = months.report(club.brand, APRIL)
    assert (april.opening.money, april.closing.money) == (200, 100)
    assert april.changes["revalued"] == months.Figure(0, -100)


def test_the_database_refuses_entries_of_a_closed_month(club: cast.Club, busy: Member) -> None:
    months.close(club.brand, FEBRUARY, now=on(4, 2))
    entry = Entry(wallet=busy.account.wallet, kind="earn", source="x", idempotency_key="x")
    entry.occurred_at = entry.posted_at = on(2, 5)
    with pytest.raises(IntegrityError, match="closed"), transaction.atomic():
        entry.save()
    entry.posted_at = on(3, 5)
    entry.save()


def test_the_database_refuses_changes_of_a_closed_month(club: cast.Club, busy: Member) -> None:
    closed = months.close(club.brand, FEBRUARY, now=on(4, 2))
    closed.figures = {}
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        closed.save()


def test_another_brands_months_stay_open(club: cast.Club, busy: Member) -> None:
    months.close(club.brand, FEBRUARY, now=on(4, 2))
    busy.account.brand.pk = None
    other = busy.account.brand
    other.slug = "other"
    other.save()
    assert months.next_to_close(other) is None
    assert months.report(other, FEBRUARY).closing.points == 0


def test_the_liability_of_a_months_end_is_its_closing(club: cast.Club, busy: Member) -> None:
    for month in (FEBRUARY, MARCH, APRIL):
        owed = liability.at_month_end(club.brand, month)
        closing = months.report(club.brand, month).closing.points
        assert owed.outstanding - owed.debt == closing


def test_the_journal_balances_by_account(club: cast.Club, busy: Member) -> None:
    report = months.report(club.brand, MARCH)
    with pytest.raises(CodesMissing, match="earned"):
        list(journal_rows(report))
    for event, figure in report.changes.items():
        if figure.points:
            LedgerAccountCode.objects.create(
                brand=club.brand, event=event, debit=f"6-{event}"[:20], credit="2100"
            )
    rows = list(journal_rows(report))[1:]
    assert all(int(row[5]) > 0 for row in rows)
    owed = sum(int(row[5]) * (1 if row[3] == "2100" else -1) for row in rows)
    assert owed == report.closing.points - report.opening.points
    expired = next(row for row in rows if row[1] == "expired")
    assert expired[2:4] == ("2100", "6-expired")


def test_closing_needs_no_clock_that_agrees(club: cast.Club, busy: Member) -> None:
    # The entries were recorded just now; a host whose clock is behind closes the month.
    closed = months.close(club.brand, FEBRUARY, now=on(4, 2))
    assert closed.closed_at > on(4, 2) + timedelta(days=1)
    assert months.report(club.brand, FEBRUARY, closed.closed_at).figures() == closed.figures
