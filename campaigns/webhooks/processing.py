"""Turns stored events into responses and consequences, one by one; a bad one is quarantined."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType
from anymail.webhooks.sendgrid import SendGridTrackingWebhookView
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from campaigns import deliveries, feedback
from campaigns.feedback import Report
from campaigns.models import Delivery, RawEvent, Response
from profiles import consent
from profiles.addresses import hash_of, normalise
from profiles.models import Member, Suppression
from profiles.suppression import suppress_hash

Kind = Response.Kind
KINDS = {
    EventType.DELIVERED: Kind.DELIVERED,
    EventType.DEFERRED: Kind.DEFERRED,
    EventType.BOUNCED: Kind.BOUNCED,
    EventType.REJECTED: Kind.BOUNCED,
    EventType.COMPLAINED: Kind.COMPLAINED,
    EventType.UNSUBSCRIBED: Kind.UNSUBSCRIBED,
}
# The ESP's own open and click tracking is switched off; what it reports of them is not ours.
IGNORED = {EventType.QUEUED, EventType.SENT, EventType.OPENED, EventType.CLICKED}
FUTURE = timedelta(hours=1)
# Of the database's errors only those that the event itself causes: it may be away, too.
BAD_EVENT = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    DataError,
    IntegrityError,
)
FAR = 10**11  # seconds since the epoch, long after any event
# Only Anymail's reading of an event is wanted; its view would open the door without a key.
_reader = object.__new__(SendGridTrackingWebhookView)


class Unusable(ValueError):
    """The event cannot be used; the message says why."""


def process_waiting(limit: int = 2_000) -> int:
    """Process the events that wait, oldest first; return how many."""
    waiting = RawEvent.objects.filter(state=RawEvent.State.NEW).order_by("pk")[:limit]
    for event in waiting:
        _process(event)
    return len(waiting)


def _process(event: RawEvent) -> None:
    state, error = RawEvent.State.DONE, ""
    try:
        with transaction.atomic():
            _apply(event, _read(event.payload))
    except BAD_EVENT as problem:
        state, error = RawEvent.State.QUARANTINED, f"{type(problem).__name__}: {problem}"
    RawEvent.objects.filter(pk=event.pk).update(state=state, error=error[:200])


def _read(payload: Any) -> AnymailTrackingEvent:
    if not isinstance(payload, Mapping):
        raise Unusable("the event is not an object")
    stamp = payload.get("timestamp")
    if not isinstance(stamp, int | float) or not 0 <= stamp < FAR:
        # Anymail's reading fails on some of these; the time of arrival will do.
        payload = {name: value for name, value in payload.items() if name != "timestamp"}
    return _reader.esp_to_anymail_event(payload)


def _apply(stored: RawEvent, event: AnymailTrackingEvent) -> None:
    number = event.metadata.get("delivery")
    if event.event_type in IGNORED and number is None:
        return
    delivery = _delivery(number)
    # Whatever the ESP says of a mail, it has taken it.
    deliveries.prove(delivery.pk, Delivery.State.ACCEPTED)
    if event.event_type in IGNORED:
        return
    kind = KINDS.get(event.event_type)
    if kind is None:
        raise Unusable(f"unknown kind {event.event_type}")
    told = Report(
        delivery_id=delivery.pk,
        kind=kind,
        key=f"{stored.provider}:{stored.event_id}",
        occurred_at=_moment(event.timestamp),
        source=stored.provider,
        detail=_detail(event),
    )
    # What was told before had its consequences then; the member may have come back since.
    if feedback.record(told):
        _consequences(kind, delivery, event)


def _delivery(number: Any) -> Delivery:
    digits = str(number)
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise Unusable("no delivery id")
    found = Delivery.objects.select_related("member", "campaign__topic").filter(pk=int(digits))
    delivery = found.first()
    if delivery is None:
        raise Unusable("unknown delivery")
    return delivery


def _moment(at: datetime | None) -> datetime:
    now = timezone.now()
    if at is None or at > now + FUTURE or at < datetime(2000, 1, 1, tzinfo=UTC):
        return now
    return at


def _detail(event: AnymailTrackingEvent) -> dict[str, str]:
    answer = event.mta_response or event.reject_reason
    classification = event.esp_event.get("bounce_classification")
    told = {"answer": answer, "status": event.esp_event.get("status"), "class": classification}
    return {name: str(text)[:200] for name, text in told.items() if text}


def _consequences(kind: str, delivery: Delivery, event: AnymailTrackingEvent) -> None:
    member = delivery.member
    if kind == Kind.COMPLAINED:
        _suppress(event, member, Suppression.Reason.COMPLAINT)
        consent.withdraw_all(member, "complaint")
    elif kind == Kind.BOUNCED and _is_hard(event):
        _suppress(event, member, Suppression.Reason.HARD_BOUNCE)
    elif kind == Kind.UNSUBSCRIBED and delivery.campaign.topic:
        consent.withdraw_topic(member, delivery.campaign.topic, "esp")


def _suppress(event: AnymailTrackingEvent, member: Member, reason: str) -> None:
    """Suppress the address that the mail went to: the member may have another one by now."""
    try:
        email_hash = hash_of(normalise(str(event.recipient or "")))
    except ValueError:
        email_hash = member.email_hash
    if email_hash:
        suppress_hash(email_hash, reason, "esp")


def _is_hard(event: AnymailTrackingEvent) -> bool:
    """SendGrid: type "bounce" is for good, "blocked" is for now; a 4.x.x status is for now, too."""
    told = event.esp_event
    for_now = str(told.get("status", "")).startswith("4") or told.get("type") == "blocked"
    return not for_now and event.event_type == EventType.BOUNCED
