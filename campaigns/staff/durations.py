"""Numbers, moments and spans as people say them."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format

# Below each limit (seconds), a span is told in this unit (seconds).
UNITS = ((90 * 60, 60, "minute"), (36 * 3_600, 3_600, "hour"), (float("inf"), 86_400, "day"))


def counted(number: int, noun: str) -> str:
    """A number of things: “1 mail”, “2,000 mails”."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def in_words(span: timedelta) -> str:
    """A span, about: “less than a minute”, “about 4 minutes”, “about 3 hours”."""
    seconds = span.total_seconds()
    if seconds < 60:
        return "less than a minute"
    size, name = next((size, name) for limit, size, name in UNITS if seconds < limit)
    number = max(1, round(seconds / size))
    return f"about {counted(number, name)}"


def clock(moment: datetime) -> str:
    """The time of a moment of today, with its day when it is another one."""
    local = timezone.localtime(moment)
    today = local.date() == timezone.localdate()
    return date_format(local, "H:i" if today else "j M, H:i")
