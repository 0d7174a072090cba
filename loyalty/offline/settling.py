"""What became of events: written down once, replayed or dismissed by staff. Sole writer of it."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from loyalty.models import OfflineEvent, WorklistItem
from loyalty.offline.problems import PROBLEMS, problem_of
from loyalty.offline.recording import line_key, record_one, record_purchases
from loyalty.offline.words import Kind, Outcome, State
from loyalty.worklist import Fact, close_item, open_item
from profiles.models import Brand, User


class NotOpen(Exception):
    """The event was recorded or dismissed before."""


def open_events(brand: Brand) -> QuerySet[OfflineEvent]:
    """Events of the brand that were not recorded, the oldest first."""
    events = OfflineEvent.objects.filter(till__brand=brand, state=State.PROBLEM)
    return events.select_related("till").order_by("received_at", "pk")


def settle(event: OfflineEvent, result: Outcome | Exception, now: datetime) -> Outcome:
    """Write down what became of a received event, and put a problem on the worklist.

    Raises the exception again when it is none that an event may bring.
    """
    outcome = _outcome(event, result, now)
    facts = {} if outcome.state == State.PROBLEM else {"body": {}, "settled_at": now}
    received = OfflineEvent.objects.filter(pk=event.pk, state=State.RECEIVED)
    received.update(state=outcome.state, outcome=outcome.to_json(), **facts)
    return outcome


def replay(event: OfflineEvent, by: User, now: datetime | None = None) -> Outcome:
    """Try to record an event once more, after its cause was put right.

    What the till was answered stays as it was. Raises NotOpen.
    """
    now = now or timezone.now()
    if not open_events(event.till.brand).filter(pk=event.pk).exists():
        raise NotOpen("This was recorded or dismissed before.")
    result = _record(event, now)
    if isinstance(result, PROBLEMS):
        return problem_of(event, result, now).outcome
    if isinstance(result, Exception):
        raise result
    _close(event, State(result.state), by, "Replayed.", now)
    return result


def dismiss(event: OfflineEvent, by: User, note: str, now: datetime | None = None) -> None:
    """Give an event up that did not happen, or is recorded elsewhere. Raises NotOpen."""
    if not note.strip():
        raise ValueError("Say why.")
    _close(event, State.DISMISSED, by, note, now or timezone.now())


def _record(event: OfflineEvent, now: datetime) -> Outcome | Exception:
    if event.kind == Kind.PURCHASE:
        return record_purchases([event], now)[0]
    try:
        return record_one(event, now)
    except PROBLEMS as error:
        return error


def _outcome(event: OfflineEvent, result: Outcome | Exception, now: datetime) -> Outcome:
    if isinstance(result, Outcome):
        return result
    if not isinstance(result, PROBLEMS):
        raise result
    problem = problem_of(event, result, now)
    till = event.till
    facts: dict[str, Fact] = {
        "event": event.pk,
        "kind": event.kind,
        "code": problem.code,
        "till": till.source,
    }
    open_item(till.brand, problem.line, till.source, line_key(event), facts=facts, now=now)
    return problem.outcome


def _close(
    event: OfflineEvent, state: OfflineEvent.State, by: User, note: str, now: datetime
) -> None:
    waiting = OfflineEvent.objects.filter(pk=event.pk, state=State.PROBLEM)
    if not waiting.update(state=state, body={}, settled_at=now, settled_by=by):
        raise NotOpen("This was recorded or dismissed before.")
    event.refresh_from_db()
    lines = WorklistItem.objects.filter(source=event.till.source, key=line_key(event))
    for line in lines.filter(done_at=None):
        close_item(line, by, note, now)
