"""Hours in which mail may go: never early, never in quiet hours, never later than need be."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from campaigns.opening_hours import NeverOpens, OpeningHours, Span, first_moment

MINUTE = timedelta(minutes=1)
# Days on which clocks jump, by an hour or by half of one, and a zone where they never do.
JUMPS = {
    "Europe/Madrid": [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)],
    "America/New_York": [
        datetime(2026, 3, 8, 7, tzinfo=UTC),
        datetime(2026, 11, 1, 6, tzinfo=UTC),
    ],
    "Australia/Lord_Howe": [
        datetime(2026, 4, 4, 15, tzinfo=UTC),
        datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    ],
    # Here clocks go back from midnight, into the day before.
    "America/Santiago": [
        datetime(2026, 4, 5, 3, tzinfo=UTC),
        datetime(2026, 9, 6, 4, tzinfo=UTC),
    ],
    "Asia/Kathmandu": [datetime(2026, 3, 29, 1, tzinfo=UTC)],
}
CLOCKS = st.builds(time, st.integers(0, 23), st.integers(0, 59))
# Most jumps happen in these hours.
NIGHT = st.builds(time, st.integers(0, 3), st.sampled_from([0, 15, 30, 45]))
SPANS = st.none() | st.builds(Span, CLOCKS | NIGHT, CLOCKS | NIGHT)
DAYS = st.sets(st.sampled_from("1234567"), min_size=1).map(lambda days: "".join(sorted(days)))
PLACES = st.sampled_from([(zone, jump) for zone, jumps in JUMPS.items() for jump in jumps])
NEAR = st.integers(-3 * 24 * 60, 24 * 60)


def _in(span: Span, minute_of_day: int) -> bool:
    begin, end = (at.hour * 60 + at.minute for at in (span.begin, span.end))
    return (minute_of_day - begin) % 1440 < (end - begin) % 1440


def _allowed(hours: OpeningHours, zone: ZoneInfo, moment: datetime) -> bool:
    """The same rules, told in minutes of the day."""
    local = moment.astimezone(zone)
    minute = local.hour * 60 + local.minute
    day = local.isoweekday()
    if hours.quiet and _in(hours.quiet, minute):
        return False
    if hours.window:
        begin = hours.window.begin.hour * 60 + hours.window.begin.minute
        if not _in(hours.window, minute):
            return False
        if minute < begin:
            day = (day - 2) % 7 + 1
    return str(day) in hours.days


@given(PLACES, NEAR, SPANS, DAYS, SPANS)
def test_it_opens_at_the_first_minute_that_is_allowed(
    place: tuple[str, datetime], minutes: int, window: Span | None, days: str, quiet: Span | None
) -> None:
    hours, zone = OpeningHours(window, days, quiet), ZoneInfo(place[0])
    assume(hours.ever_open())
    now = place[1] + minutes * MINUTE
    opening = hours.opening(zone, now)
    assert opening >= now
    assert _allowed(hours, zone, opening)
    waited = (opening - now) // MINUTE
    assert not any(_allowed(hours, zone, now + m * MINUTE) for m in range(waited))


@given(SPANS, DAYS, SPANS)
def test_hours_that_never_open_say_so(window: Span | None, days: str, quiet: Span | None) -> None:
    hours, zone = OpeningHours(window, days, quiet), ZoneInfo("UTC")
    week = (datetime(2026, 11, 16, tzinfo=UTC) + m * MINUTE for m in range(8 * 24 * 60))
    assert hours.ever_open() == any(_allowed(hours, zone, moment) for moment in week)


def test_a_window_inside_quiet_hours_raises() -> None:
    hours = OpeningHours(Span(time(22), time(23)), quiet=Span(time(21), time(8)))
    with pytest.raises(NeverOpens):
        hours.opening(ZoneInfo("Europe/Madrid"), datetime(2026, 3, 29, tzinfo=UTC))


def test_an_hour_that_is_left_out_opens_at_the_next_valid_minute() -> None:
    window = OpeningHours(Span(time(2, 30), time(6)))
    night = datetime(2026, 3, 29, 0, 10, tzinfo=UTC)
    assert window.opening(ZoneInfo("Europe/Madrid"), night) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_window_that_falls_into_a_left_out_hour_opens_a_week_later() -> None:
    sundays = OpeningHours(Span(time(2, 10), time(2, 50)), days="7")
    night = datetime(2026, 3, 29, 0, 10, tzinfo=UTC)
    opening = sundays.opening(ZoneInfo("Europe/Madrid"), night)
    assert opening == datetime(2026, 4, 5, 0, 10, tzinfo=UTC)


def test_an_hour_that_comes_twice_opens_at_its_first() -> None:
    window = OpeningHours(Span(time(2, 30), time(6)))
    night = datetime(2026, 10, 24, 23, tzinfo=UTC)
    opening = window.opening(ZoneInfo("Europe/Madrid"), night)
    assert opening == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_clocks_that_go_back_into_a_window_open_it_again() -> None:
    window = OpeningHours(Span(time(1, 30), time(2, 30)))
    first_quarter_to_three = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    opening = window.opening(ZoneInfo("Europe/Madrid"), first_quarter_to_three)
    assert opening == datetime(2026, 10, 25, 1, tzinfo=UTC)


def test_the_day_of_a_window_over_midnight_is_the_one_it_began_on() -> None:
    fridays, zone = OpeningHours(Span(time(22), time(2)), days="5"), ZoneInfo("UTC")
    saturday_early = datetime(2026, 11, 21, 1, tzinfo=UTC)
    assert fridays.opening(zone, saturday_early) == saturday_early
    friday_early = datetime(2026, 11, 20, 1, tzinfo=UTC)
    assert fridays.opening(zone, friday_early) == datetime(2026, 11, 20, 22, tzinfo=UTC)


@given(PLACES, NEAR)
def test_the_first_moment_of_a_clock_time(place: tuple[str, datetime], minutes: int) -> None:
    zone = ZoneInfo(place[0])
    local = (place[1] + minutes * MINUTE).astimezone(zone).replace(tzinfo=None, fold=0)
    shown = first_moment(local, zone)
    assert shown.astimezone(zone).replace(tzinfo=None) == local
    earlier = [shown - hours * timedelta(minutes=30) for hours in range(1, 5)]
    assert all(moment.astimezone(zone).replace(tzinfo=None) != local for moment in earlier)


@pytest.mark.parametrize(
    ("zone", "clock", "valid"),
    [
        ("Europe/Madrid", "2026-03-29T02:30", "2026-03-29T01:00Z"),
        ("America/New_York", "2026-03-08T02:00", "2026-03-08T07:00Z"),
        ("Australia/Lord_Howe", "2026-10-04T02:29:59", "2026-10-03T15:30Z"),
    ],
)
def test_a_time_that_does_not_exist_is_the_next_valid_one(
    zone: str, clock: str, valid: str
) -> None:
    shown = first_moment(datetime.fromisoformat(clock), ZoneInfo(zone))
    assert shown == datetime.fromisoformat(valid)
