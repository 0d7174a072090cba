"""What a brand owes, as of any day: by state, by end, by age, and a guess at what will lapse."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from loyalty import ledger, liability
from loyalty.models import Lot
from loyalty.months import BooksDisagree
from profiles.models import Member
from tests import cast
from tests.loyalty.books import earn


def on(month: int, day: int, year: int = 2026) -> datetime:
    """Noon of a day."""
    return datetime(year, month, day, 12, tzinfo=UTC)


def test_a_past_day_is_as_it_was(club: cast.Club, gloria: Member) -> None:
    account = gloria.account
    earn(account, 100, "b", on(1, 5), expires_at=on(6, 1), now=on(1, 5))
    ledger.redeem(account, 30, "till", "r", now=on(2, 1))
    ledger.hold(account, 20, "till", "h", now=on(3, 1))
    states = {
        day: (owed.active, owed.held, owed.outstanding)
        for day in (on(1, 4), on(1, 5), on(2, 2), on(3, 2), on(6, 2))
        for owed in [liability.as_of(club.brand, day)]
    }
    assert list(states.values()) == [
        (0, 0, 0),
        (100, 0, 100),
        (70, 0, 70),
        (50, 20, 70),
        (0, 20, 20),
    ]


def test_what_no_job_has_booked_is_gone_all_the_same(club: cast.Club, gloria: Member) -> None:
    earn(gloria.account, 100, "b", on(1, 5), expires_at=on(2, 1), now=on(1, 5))
    owed = liability.as_of(club.brand, on(2, 1))
    assert (owed.outstanding, owed.not_booked) == (0, 100)
    ledger.settle(gloria.account, on(3, 1))
    after = liability.as_of(club.brand, on(2, 1))
    assert (after.outstanding, after.not_booked) == (0, 0)


def test_a_hold_that_ran_out_is_over_before_anybody_books_it(
    club: cast.Club, gloria: Member
) -> None:
    earn(gloria.account, 100, "b", on(1, 5), expires_at=on(2, 20), now=on(1, 5))
    ledger.hold(gloria.account, 40, "till", "h", expires_at=on(2, 1), now=on(1, 6))
    for _again in range(2):
        seen = [liability.as_of(club.brand, on(*day)) for day in ((1, 7), (2, 2), (2, 21))]
        assert [(one.active, one.held) for one in seen] == [(60, 40), (100, 0), (0, 0)]
        ledger.settle(gloria.account, on(3, 1))


def test_pending_points_wait_for_their_day(club: cast.Club, gloria: Member) -> None:
    earn(gloria.account, 10, "b", on(1, 5), available_at=on(1, 19), now=on(1, 5))
    before, after = (liability.as_of(club.brand, on(1, day)) for day in (6, 19))
    assert (before.pending, before.active) == (10, 0)
    assert (after.pending, after.active) == (0, 10)


def test_debt_stands_apart(club: cast.Club, gloria: Member) -> None:
    ledger.redeem(gloria.account, 25, "till", "r", overdraw=True, now=on(1, 6))
    owed = liability.as_of(club.brand, on(1, 7))
    assert (owed.outstanding, owed.debt) == (0, 25)


def test_points_are_shown_by_end_and_age(club: cast.Club, gloria: Member) -> None:
    for month in (1, 5, 9, 12):
        begun = on(month, 3, 2025)
        earn(gloria.account, month, f"b-{month}", begun, now=begun, expires_at=on(7, month))
    earn(gloria.account, 100, "for ever", on(1, 2), now=on(1, 2))
    owed = liability.as_of(club.brand, on(1, 20))
    assert owed.by_expiry == {date(2026, 7, 1): 27, None: 100}
    assert owed.by_age == {"0-3": 112, "3-6": 9, "6-12": 5, "12+": 1}
    assert liability.series(owed)["by_expiry"] == [("2026-07", 27), ("never", 100)]
    rows = list(liability.csv_rows(owed))
    assert ("outstanding", "all", 127, 127, "EUR") in rows
    assert ("expires", "2026-07-01", 27, 27, "EUR") in rows


def test_an_end_counts_in_the_month_of_the_brands_zone(club: cast.Club, gloria: Member) -> None:
    club.brand.time_zone = "America/New_York"
    club.brand.save()
    end = datetime(2026, 7, 1, 3, tzinfo=UTC)
    earn(gloria.account, 5, "b", on(1, 2), expires_at=end, now=on(1, 2))
    assert liability.as_of(club.brand, on(1, 3)).by_expiry == {date(2026, 6, 1): 5}


def test_what_was_not_known_then_can_be_left_out(club: cast.Club, gloria: Member) -> None:
    with time_machine.travel(on(1, 5), tick=False):
        earn(gloria.account, 100, "b", on(1, 5))
    with time_machine.travel(on(3, 1), tick=False):
        earn(gloria.account, 40, "late", on(1, 6))
    known = [liability.as_of(club.brand, on(1, 31), known_at) for known_at in (on(2, 1), None)]
    assert [one.outstanding for one in known] == [100, 140]


def test_lots_that_say_something_else_are_an_error(club: cast.Club, gloria: Member) -> None:
    earn(gloria.account, 100, "b", on(1, 5), now=on(1, 5))
    Lot.objects.update(original=101)
    with pytest.raises(BooksDisagree):
        liability.as_of(club.brand, on(1, 6))


def test_too_little_history_gives_no_estimate(club: cast.Club, gloria: Member) -> None:
    earn(gloria.account, 100, "b", on(1, 5), expires_at=on(2, 1), now=on(1, 5))
    guess = liability.as_of(club.brand, on(3, 1)).breakage
    assert (guess.points, guess.rate, guess.cohorts) == (None, None, 1)


def test_breakage_is_expected_as_it_was(club: cast.Club, gloria: Member) -> None:
    account = gloria.account
    for month in range(1, 9):
        begun = on(month, 5, 2025)
        earn(account, 100, f"b-{month}", begun, expires_at=begun + timedelta(days=30), now=begun)
        ledger.redeem(account, 75, "till", f"r-{month}", now=begun + timedelta(days=1))
    earn(account, 200, "now", on(1, 5), expires_at=on(1, 5, 2027), now=on(1, 5))
    owed = liability.as_of(club.brand, on(1, 6))
    assert (owed.breakage.rate, owed.breakage.points, owed.outstanding) == (0.25, 50, 200)
    ledger.redeem(account, 170, "till", "most", now=on(1, 7))
    assert liability.as_of(club.brand, on(1, 8)).breakage.points == 30
