"""Hours of the member's day in which mail may go: a window, its days, and quiet hours.

What counts is what the clock on the member's wall shows. So where clocks go forward, hours that
do not exist are passed over and mail goes at the next valid minute; where they go back, it goes
the first time the clock shows the hour. Nothing here knows a campaign or a database.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
# A window of one day a week that falls into a missing hour opens a week later.
HORIZON_DAYS = 16
ORDINARY_MONDAY = datetime(2001, 1, 1, tzinfo=UTC)


class NeverOpens(Exception):
    """No time of any day is allowed."""


@dataclass(frozen=True)
class Span:
    """The hours from ``begin`` up to, not including, ``end``; past midnight if that is earlier."""

    begin: time
    end: time

    @classmethod
    def between(cls, begin: time | None, end: time | None) -> "Span | None":
        """The span, or None unless both ends are given."""
        return None if begin is None or end is None else cls(begin, end)

    def holds(self, clock: time) -> bool:
        """Whether ``clock`` is in it; a span that ends where it begins holds nothing."""
        if self.begin <= self.end:
            return self.begin <= clock < self.end
        return clock >= self.begin or clock < self.end

    def began_on(self, local: datetime) -> date:
        """The day on which the span that holds ``local`` began."""
        overnight = self.begin > self.end and local.time() < self.end
        return local.date() - DAY if overnight else local.date()


@dataclass(frozen=True)
class OpeningHours:
    """When mail may go. ``days`` are ISO weekdays on which the window begins, as ``"12345"``."""

    window: Span | None = None
    days: str = "1234567"
    quiet: Span | None = None

    def allow(self, local: datetime) -> bool:
        """Whether mail may go when the member's clock shows ``local``."""
        clock = local.time()
        if self.quiet and self.quiet.holds(clock):
            return False
        if self.window and not self.window.holds(clock):
            return False
        day = self.window.began_on(local) if self.window else local.date()
        return str(day.isoweekday()) in self.days

    def opening(self, zone: ZoneInfo, now: datetime) -> datetime:
        """The first moment from ``now`` on that is allowed in ``zone``, in UTC. Raises NeverOpens.

        It is ``now`` itself when that is allowed.
        """
        if self.allow(now.astimezone(zone)):
            return now
        later = (moment for moment in self._changes(zone, now) if moment > now)
        opening = next((m for m in later if self.allow(m.astimezone(zone))), None)
        if opening is None:
            raise NeverOpens("The hours in which mail may go leave no time of any day.")
        return opening

    def ever_open(self) -> bool:
        """Whether an ordinary week has a moment at which mail may go."""
        try:
            self.opening(ZoneInfo("UTC"), ORDINARY_MONDAY)
        except NeverOpens:
            return False
        return True

    def _changes(self, zone: ZoneInfo, now: datetime) -> list[datetime]:
        """The moments at which closed may become open, in order."""
        clocks = {time(0)}
        clocks |= {self.window.begin} if self.window else set()
        clocks |= {self.quiet.end} if self.quiet else set()
        today = now.astimezone(zone).date()
        days = [today + ahead * DAY for ahead in range(-1, HORIZON_DAYS)]
        found = {m for day in days for clock in clocks for m in _moments(day, clock, zone)}
        # Clocks that go back may land inside a window whose begin they do not show again.
        return sorted(found | {jump for day in days for jump in _jumps(day, zone)})


def first_moment(local: datetime, zone: ZoneInfo) -> datetime:
    """When the clock in ``zone`` first shows ``local`` (naive), in UTC.

    A time that exists twice is its first; one that does not exist is the next that does.
    """
    return _moments(local.date(), local.time(), zone)[0]


def _moments(day: date, clock: time, zone: ZoneInfo) -> list[datetime]:
    """When the clock shows this time of the day, once or twice, or jumps over it."""
    first, second = (
        datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1)
    )
    # PEP 495: of a time that does not exist, fold 0 is read by the old offset, and so is later.
    if first > second:
        return [_jump(second, first, zone)]
    return sorted({first, second})


def _jumps(day: date, zone: ZoneInfo) -> list[datetime]:
    begin, end = (_moments(date_, time(0), zone)[0] for date_ in (day, day + DAY))
    return [] if _offset(begin, zone) == _offset(end, zone) else [_jump(begin, end, zone)]


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """When, between two moments of different offset, the clock jumps: at a whole second."""
    before, after = (moment.replace(microsecond=0) for moment in (before, after))
    old = _offset(before, zone)
    while after - before > SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        before, after = (middle, after) if _offset(middle, zone) == old else (before, middle)
    return after


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()
