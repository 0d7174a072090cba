"""Moving the data's year by whole weeks, so that a Friday's shopping stays a Friday's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MAIL_HOUR = time(6)  # local
NOON = time(12)


YEAR_END = date(2017, 12, 31)  # a Sunday; a few baskets were rung up after that midnight


def weeks_to_last_week(last: datetime, now: datetime) -> int:
    """Return how many whole weeks to add so that the data's year ends in the week before ``now``'s.

    ``last`` is the data's last basket; both are local times of the shop. When that basket would
    lie ahead of ``now``, the year ends a week earlier.
    """
    monday = now.date() - timedelta(days=now.weekday())
    weeks = (monday - timedelta(days=1) - YEAR_END) // timedelta(weeks=1)
    return weeks if last + timedelta(weeks=weeks) <= now else weeks - 1


@dataclass(frozen=True)
class Shift:
    """Whole weeks, and the shop's zone: turns the data's local times into moments of the club."""

    weeks: int
    zone: ZoneInfo

    def day(self, day: date) -> date:
        """Return the day so many weeks later."""
        return day + timedelta(weeks=self.weeks)

    def moment(self, local: datetime) -> datetime:
        """Return the UTC moment of a local time of the data."""
        # A local time that does not exist is read as if the clock had not been moved yet.
        return (local + timedelta(weeks=self.weeks)).replace(tzinfo=self.zone).astimezone(UTC)

    def moments(self, locals_: Iterable[datetime]) -> list[datetime]:
        """Return the UTC moments of many local times."""
        return [self.moment(local) for local in locals_]

    def mail_at(self, start: date) -> datetime:
        """Return when a campaign's mails belong on the timeline."""
        return self.moment(datetime.combine(start, MAIL_HOUR))

    def end_of(self, day: date) -> datetime:
        """Return the first moment after a day of the data."""
        return self.moment(datetime.combine(day + timedelta(days=1), time()))
