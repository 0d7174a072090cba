"""The data's year is moved by whole weeks and ends last week."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.demo.dates import YEAR_END, Shift, weeks_to_last_week

LAST_BASKET = datetime.fromisoformat("2018-01-01T04:01:20")
NEW_YORK = ZoneInfo("America/New_York")


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("day", range(7))
def test_the_year_ends_in_the_week_before_this_one(day: int) -> None:
    now = _local("2026-11-23T09:00") + timedelta(days=day)
    weeks = weeks_to_last_week(LAST_BASKET, now)
    assert YEAR_END + timedelta(weeks=weeks) == date(2026, 11, 22)


def test_no_basket_lies_ahead_early_on_a_monday() -> None:
    now = _local("2026-11-23T02:00")
    weeks = weeks_to_last_week(LAST_BASKET, now)
    assert LAST_BASKET + timedelta(weeks=weeks) <= now
    assert YEAR_END + timedelta(weeks=weeks) == date(2026, 11, 15)


def test_a_friday_evening_stays_one_in_summer_and_winter() -> None:
    shift = Shift(464, NEW_YORK)
    for friday in map(_local, ("2017-07-14T18:30", "2017-01-13T18:30")):
        moved = shift.moment(friday).astimezone(NEW_YORK)
        assert (moved.weekday(), moved.hour, moved.minute) == (4, 18, 30)


def test_a_local_time_that_does_not_exist_becomes_a_moment_all_the_same() -> None:
    # On 8 March 2026 the clocks of New York jump from two to three.
    local = _local("2026-03-08T02:30") - timedelta(weeks=464)
    assert Shift(464, NEW_YORK).moment(local) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
