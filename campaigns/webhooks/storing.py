"""Stores an ESP's events as they came: each once, the unreadable ones in quarantine."""

import hashlib
import json
from typing import Any

from campaigns.models import RawEvent

MAX_EVENTS = 5_000


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
    # PostgreSQL's JSON cannot hold NUL; nothing an event means depends on it.
    text = json.dumps(event).replace("\\u0000", "")
    given = event.get("sg_event_id") if isinstance(event, dict) else None
    event_id = given if isinstance(given, str) and 0 < len(given) <= 160 else ""
    readable = bool(event_id)
    return RawEvent(
        provider=provider,
        event_id=event_id.replace("\x00", "") or hashlib.sha256(text.encode()).hexdigest(),
        payload=json.loads(text),
        state=RawEvent.State.NEW if readable else RawEvent.State.QUARANTINED,
        error="" if readable else "no event id",
    )
