"""Time zones by their IANA name, as the system knows them."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


@cache
def known_zones() -> frozenset[str]:
    """Every name that this system can look up; read once per process."""
    return frozenset(available_timezones())


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless ``name`` is a time zone of the IANA database."""
    if name not in known_zones():
        raise ValidationError(
            _("“%(name)s” is not a time zone. Write it like Europe/Madrid."),
            code="unknown_time_zone",
            params={"name": name},
        )


def zone_named(*names: str) -> ZoneInfo:
    """The first of ``names`` that is a time zone, else UTC. Never raises."""
    return _zone(next((name for name in names if name in known_zones()), "UTC"))


@cache
def _zone(name: str) -> ZoneInfo:
    """Kept for good: ZoneInfo itself reads all but the last eight from their files again."""
    return ZoneInfo(name)
