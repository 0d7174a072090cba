"""When points that are earned now can be spent, and when they end."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from loyalty.earning.facts import Lasting

MONTHS = {"month": 1, "quarter": 3, "year": 12}


def available_at(lasting: Lasting, at: datetime) -> datetime:
    """From when points of that moment can be spent."""
    return at + timedelta(days=lasting.pending_days)


def expires_at(lasting: Lasting, at: datetime, zone: ZoneInfo) -> datetime | None:
    """When points of that moment end: never, to the day, or with the period of that day.

    Without ``valid_days`` a period is that of the day from which the points can be spent, so that
    they last a while in any case.
    """
    if lasting.valid_days is None and not lasting.ends_with:
        return None
    days = lasting.pending_days if lasting.valid_days is None else lasting.valid_days
    end = at + timedelta(days=days)
    return period_end(end, lasting.ends_with, zone) if lasting.ends_with else end


def period_end(moment: datetime, period: str, zone: ZoneInfo) -> datetime:
    """The midnight at which the moment's month, quarter or year is over in that zone."""
    local, months = moment.astimezone(zone), MONTHS[period]
    begun = (local.month - 1) // months * months
    year, month = divmod(local.year * 12 + begun + months, 12)
    midnight = datetime.combine(local.date().replace(year=year, month=month + 1, day=1), time())
    return midnight.replace(tzinfo=zone).astimezone(moment.tzinfo)
