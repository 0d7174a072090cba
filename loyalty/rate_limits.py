"""Limits in time that all processes share: at most so many in so many seconds.

The window slides: what was done in the window before counts by the share of it that still lies
within the last ``seconds`` (the approximation known from web gateways: it takes the earlier ones
as evenly spread). One upsert decides and counts, so two at once cannot both take the last one.
What was turned away is not counted: who waits is let in again. Source of the arithmetic:
allowed while previous x (seconds - elapsed) / seconds + count <= limit, in whole numbers.
"""

import hashlib
from datetime import UTC, datetime
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils import timezone

from loyalty.models import RateCounter

_TABLE: Final = "loyalty_ratecounter"
_COUNT: Final = f"CASE WHEN excluded.period > {_TABLE}.period THEN 1 ELSE {_TABLE}.count + 1 END"
_PREVIOUS: Final = (
    f"CASE WHEN excluded.period = {_TABLE}.period + 1 THEN {_TABLE}.count"
    f" WHEN excluded.period > {_TABLE}.period THEN 0 ELSE {_TABLE}.previous END"
)
# No row comes back when the condition fails: nothing was counted, and the answer is no. A clock
# that is behind the others counts in their window.
_SPEND: Final = f"""
    INSERT INTO {_TABLE} (scope, key_hash, seconds, period, count, previous, expires_at)
    VALUES (%s, %s, %s, %s, 1, 0, %s)
    ON CONFLICT (scope, key_hash, seconds) DO UPDATE SET
        count = {_COUNT}, previous = {_PREVIOUS},
        period = CASE WHEN excluded.period > {_TABLE}.period
            THEN excluded.period ELSE {_TABLE}.period END,
        expires_at = CASE WHEN excluded.period > {_TABLE}.period
            THEN excluded.expires_at ELSE {_TABLE}.expires_at END
    WHERE ({_PREVIOUS}) * %s + ({_COUNT}) * %s <= %s
    RETURNING count
"""  # noqa: S608 - a table's name; every value is a parameter


def spend(scope: str, key: str, limit: int, seconds: int, *, now: datetime | None = None) -> bool:
    """Count one more under ``key``; False, and not counted, when the limit is reached.

    Call it outside a transaction that may be undone, or what was counted is forgotten with it.
    """
    if limit < 1:
        return False
    period, elapsed = divmod(int((now or timezone.now()).timestamp()), seconds)
    ends = datetime.fromtimestamp((period + 2) * seconds, UTC)
    row: list[str | int | None] = [
        scope,
        _hash(key),
        seconds,
        period,
        connection.ops.adapt_datetimefield_value(ends),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SPEND, [*row, seconds - elapsed, seconds, limit * seconds])
        return cursor.fetchone() is not None


def is_spent(
    scope: str, key: str, limit: int, seconds: int, *, now: datetime | None = None
) -> bool:
    """Whether one more would be turned away; counts nothing."""
    period, elapsed = divmod(int((now or timezone.now()).timestamp()), seconds)
    found = RateCounter.objects.filter(scope=scope, key_hash=_hash(key), seconds=seconds).first()
    if found is None:
        return limit < 1
    count = found.count if found.period >= period else 0
    previous = found.previous if found.period >= period else 0
    if found.period == period - 1:
        previous = found.count
    return previous * (seconds - elapsed) + (count + 1) * seconds > limit * seconds


def prune(now: datetime | None = None) -> int:
    """Delete counters that say nothing any more; returns how many."""
    deleted, _by_model = RateCounter.objects.filter(expires_at__lte=now or timezone.now()).delete()
    return deleted


def _hash(key: str) -> str:
    # Keys may be addresses of callers or numbers of cards: neither is kept.
    secret = hashlib.sha256(settings.SECRET_KEY.encode()).digest()
    return hashlib.blake2b(key.encode(), digest_size=16, key=secret, person=b"rate").hexdigest()
