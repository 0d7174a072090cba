"""From when to when what qualifies counts towards a tier, in the days of the brand's time zone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from loyalty.models import TierScheme
from profiles.time_zones import zone_named

LEAP_YEAR = 2024
EVERY_DAY = [date(LEAP_YEAR, 1, 1) + timedelta(days=number) for number in range(366)]


@dataclass(frozen=True)
class Window:
    """The period that counts now. A rolling window knows nothing but its ``since``.

    ``previous`` is where the period before begins, ``until`` where this one ends, ``following``
    where the next one ends. A grace that began with the period ends at ``edge_grace``, one that
    begins today at ``grace``.
    """

    since: datetime
    edge_grace: datetime
    grace: datetime
    previous: datetime | None = None
    until: datetime | None = None
    following: datetime | None = None


def window_at(scheme: TierScheme, opened_at: datetime, now: datetime) -> Window:
    """The window of an account that was opened at a moment."""
    zone = zone_of(scheme)
    if scheme.window != TierScheme.Window.ANNIVERSARY:
        return shared_window(scheme, now)
    return yearly_window(scheme, opened_at.astimezone(zone).date(), now)


def shared_window(scheme: TierScheme, now: datetime) -> Window:
    """The window of every account, when it does not depend on the day of its opening."""
    if scheme.window == TierScheme.Window.CALENDAR:
        return yearly_window(scheme, date(LEAP_YEAR, 1, 1), now)
    zone = zone_of(scheme)
    today = now.astimezone(zone).date()
    since = midnight(today - timedelta(days=scheme.rolling_days - 1), zone)
    grace = midnight(today + timedelta(days=scheme.grace_days), zone)
    return Window(since, grace, grace)


def yearly_window(scheme: TierScheme, birthday: date, now: datetime) -> Window:
    """The window of a year that begins on a day of each year; 29 February may be 1 March."""
    zone, grace = zone_of(scheme), timedelta(days=scheme.grace_days)
    today = now.astimezone(zone).date()
    year = today.year - (_in_year(birthday, today.year) > today)
    before, begin, end, later = (_in_year(birthday, year + n) for n in (-1, 0, 1, 2))
    days = (begin, begin + grace, today + grace, before, end, later)
    return Window(*(midnight(day, zone) for day in days))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(ZoneInfo("UTC"))


def zone_of(scheme: TierScheme) -> ZoneInfo:
    """The time zone in which the scheme's days begin."""
    return zone_named(scheme.brand.time_zone)


def _in_year(birthday: date, year: int) -> date:
    # Counted from the first of its month, the 29th of a short February is 1 March.
    return date(year, birthday.month, 1) + timedelta(days=birthday.day - 1)
