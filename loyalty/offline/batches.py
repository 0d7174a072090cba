"""Batches: stored whole first, then recorded event by event. Sole writer of new events."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from django.utils import timezone

from loyalty.models import OfflineEvent, TillKey
from loyalty.offline.problems import PROBLEMS
from loyalty.offline.recording import record_one, record_purchases
from loyalty.offline.settling import settle
from loyalty.offline.words import Happened, Kind, Outcome, State

Identity = tuple[str, str, str]
# Of one moment: what was bought comes before what was done with it.
ORDER = {Kind.PURCHASE: 0, Kind.RETURN: 1, Kind.POINTS_REDEEMED: 2, Kind.VOUCHER_USED: 3}


def record_batch(
    till: TillKey, happened: Sequence[Happened], now: datetime | None = None
) -> list[Outcome]:
    """Record what a till did offline; returns an outcome for each event, in order.

    Call it outside of a transaction: whatever breaks, the events stay, and the batch sent again
    goes on where it broke off.
    """
    now = now or timezone.now()
    _store(till, happened, now)
    _record(_found(till, happened).values(), now)
    found = _found(till, happened)
    return [Outcome(**found[one.identity].outcome) for one in happened]


def finish(before: datetime, now: datetime | None = None) -> int:
    """Record events that were stored before a moment and then left; returns how many.

    For a regular run: a till that broke off may never come back.
    """
    left = OfflineEvent.objects.filter(state=State.RECEIVED, received_at__lt=before)
    events = list(left.select_related("till__brand", "till__store").order_by("till"))
    for _till, theirs in groupby(events, key=lambda event: event.till_id):
        _record(theirs, now or timezone.now())
    return len(events)


def _store(till: TillKey, happened: Sequence[Happened], now: datetime) -> None:
    rows = []
    for one in happened:
        kind, key, request_hash = one.identity
        rows.append(
            OfflineEvent(
                till=till,
                kind=kind,
                key=key,
                request_hash=request_hash,
                occurred_at=one.occurred_at,
                received_at=now,
                body=one.body,
            )
        )
    OfflineEvent.objects.bulk_create(rows, ignore_conflicts=True)


def _found(till: TillKey, happened: Sequence[Happened]) -> dict[Identity, OfflineEvent]:
    keys = {one.key for one in happened}
    events = OfflineEvent.objects.filter(till=till, key__in=keys)
    found = {}
    for event in events.order_by("pk"):
        event.till = till
        found[event.kind, event.key, event.request_hash] = event
    return found


def _record(events: Iterable[OfflineEvent], now: datetime) -> None:
    """Purchases that follow each other are recorded together: their statements are shared."""
    received = [event for event in events if event.state == State.RECEIVED]
    received.sort(key=lambda event: (event.occurred_at, ORDER[Kind(event.kind)], event.pk))
    for kind, run in groupby(received, key=lambda event: event.kind):
        if kind == Kind.PURCHASE:
            together = list(run)
            results = record_purchases(together, now)
            for event, result in zip(together, results, strict=True):
                settle(event, result, now)
            continue
        for event in run:
            settle(event, _try(event, now), now)


def _try(event: OfflineEvent, now: datetime) -> Outcome | Exception:
    try:
        return record_one(event, now)
    except PROBLEMS as error:
        return error
