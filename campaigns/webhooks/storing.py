"""Stores an ESP's events as they came: each once, the unreadable ones in quarantine."""

import hashlib
import json
import math
import re
from typing import Any

from campaigns.models import RawEvent

MAX_EVENTS = 5_000
MAX_DEPTH = 20
MAX_ID = 140
# PostgreSQL's JSON holds neither NUL nor half a character; nothing an event means depends on them.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Unreadable(ValueError):
    """The request holds no list of events."""


def store(provider: str, body: bytes) -> int:
    """Store the events of a request; return how many it held. Raises Unreadable."""
    events = _events(body)
    rows = [_row(provider, event) for event in events]
    # Redelivered batches are the rule, not the exception.
    RawEvent.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)


def _events(body: bytes) -> list[Any]:
    try:
        events = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("The body is not JSON.") from None
    if not isinstance(events, list) or len(events) > MAX_EVENTS:
        raise Unreadable("The body is not a list of events of a bounded length.")
    return events


def _row(provider: str, event: Any) -> RawEvent:
    payload = _storable(event)
    given = payload.get("sg_event_id") if isinstance(payload, dict) else None
    event_id = given if isinstance(given, str) and len(given) <= MAX_ID else ""
    text = json.dumps(payload, sort_keys=True)
    return RawEvent(
        provider=provider,
        event_id=event_id or hashlib.sha256(text.encode()).hexdigest(),
        payload="null" if payload is None else payload,  # None would be no value at all
        state=RawEvent.State.NEW if event_id else RawEvent.State.QUARANTINED,
        error="" if event_id else "no event id",
    )


def _storable(value: Any, depth: int = 0) -> Any:
    """The value as both databases can hold it: what they cannot is written as text."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict | list) and depth >= MAX_DEPTH:
        return "(nested too deeply)"
    if isinstance(value, dict):
        return {_storable(key): _storable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    return value
