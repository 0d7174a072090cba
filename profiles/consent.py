"""The only writer of consent: today's subscriptions, tracking, and the evidence behind both.

Each change is one transaction that locks the member, writes the state and appends the event. Only
the member can grant; a withdrawal is effective at once and nothing here undoes it but the member.
"""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from profiles.models import (
    Brand,
    ConsentEvent,
    ConsentWording,
    Member,
    Purpose,
    Subscription,
    Topic,
)

Action = ConsentEvent.Action
State = Subscription.State
CHUNK = 1_000  # rows a statement
_TRACKING_AFTER = {
    Action.GRANTED: Member.Tracking.GRANTED,
    Action.REFUSED: Member.Tracking.REFUSED,
}


def current_wording(brand: Brand, purpose: str, topic: Topic | None) -> ConsentWording | None:
    """The words a member would agree to now."""
    wordings = ConsentWording.objects.filter(
        brand=brand, purpose=purpose, topic=topic, valid_from__lte=timezone.now()
    )
    return wordings.order_by("-version").first()


@transaction.atomic
def request_topics(member: Member, topics: Iterable[Topic], source: str, requester: str) -> None:
    """Note that someone typed this address and ticked these topics; nothing is granted yet."""
    for topic in topics:
        row = _subscription(member, topic)
        if row.state == State.SUBSCRIBED:
            continue
        _set_state(row, State.PENDING)
        _record(member, Action.REQUESTED, source, requester, topic)


@transaction.atomic
def confirm_requests(member: Member, source: str, requester: str = "") -> None:
    """Grant what was asked for at joining and not withdrawn since: topics, then tracking."""
    for row in member.subscriptions.select_related("topic").filter(state=State.PENDING):
        _set_state(row, State.SUBSCRIBED)
        _record(member, Action.GRANTED, source, requester, row.topic)
    if _tracking_was_requested(member):
        set_tracking(member, True, source, requester)


@transaction.atomic
def grant_topic(member: Member, topic: Topic, source: str, requester: str = "") -> None:
    """Subscribe a member who is known to be the one asking."""
    row = _subscription(member, topic)
    if row.state != State.SUBSCRIBED:
        _set_state(row, State.SUBSCRIBED)
        _record(member, Action.GRANTED, source, requester, topic)


@transaction.atomic
def withdraw_topic(member: Member, topic: Topic, source: str, requester: str = "") -> None:
    """Unsubscribe a member from a topic, at once."""
    row = _subscription(member, topic)
    if row.state != State.WITHDRAWN:
        _set_state(row, State.WITHDRAWN)
        _record(member, Action.WITHDRAWN, source, requester, topic)


@transaction.atomic
def withdraw_all(member: Member, source: str, requester: str = "") -> None:
    """Unsubscribe a member from every topic, at once."""
    live = member.subscriptions.select_related("topic").exclude(state=State.WITHDRAWN)
    for row in live:
        withdraw_topic(member, row.topic, source, requester)


@transaction.atomic
def request_tracking(member: Member, source: str, requester: str) -> None:
    """Note that tracking was ticked at joining; confirming the address grants it."""
    _record(member, Action.REQUESTED, source, requester, None)


@transaction.atomic
def set_tracking(member: Member, granted: bool, source: str, requester: str = "") -> None:
    """Allow or forbid recording opens and clicks; effective for mails already sent, too."""
    locked = Member.objects.select_for_update().get(pk=member.pk)
    wanted = Member.Tracking.GRANTED if granted else Member.Tracking.REFUSED
    member.tracking = wanted
    if locked.tracking == wanted:
        return
    Member.objects.filter(pk=member.pk).update(tracking=wanted)
    withdrawn = locked.tracking == Member.Tracking.GRANTED
    refusal = Action.WITHDRAWN if withdrawn else Action.REFUSED
    _record(member, Action.GRANTED if granted else refusal, source, requester, None)


@transaction.atomic
def take_over(events: Iterable[ConsentEvent]) -> None:
    """Bring in members who are new here, with the evidence of what they allowed elsewhere.

    One event per member and topic, and one for tracking; each states its own time and wording.
    """
    kept = ConsentEvent.objects.bulk_create(events, batch_size=CHUNK)
    granted = [event for event in kept if event.action == Action.GRANTED]
    Subscription.objects.bulk_create(
        [
            Subscription(
                member_id=event.member_id,
                topic_id=event.topic_id,
                state=State.SUBSCRIBED,
                changed_at=event.occurred_at,
            )
            for event in granted
            if event.topic_id
        ],
        batch_size=CHUNK,
    )
    for action, tracking in _TRACKING_AFTER.items():
        told = [e.member_id for e in kept if e.topic_id is None and e.action == action]
        for start in range(0, len(told), CHUNK):
            Member.objects.filter(pk__in=told[start : start + CHUNK]).update(tracking=tracking)


def _subscription(member: Member, topic: Topic) -> Subscription:
    """The locked row, made when missing; the member's lock orders concurrent changes."""
    Member.objects.select_for_update().get(pk=member.pk)
    row = Subscription.objects.filter(member=member, topic=topic).first()
    return row or Subscription(member=member, topic=topic, state="")


def _set_state(row: Subscription, state: str) -> None:
    row.state = state
    row.changed_at = timezone.now()
    row.save()


def _tracking_was_requested(member: Member) -> bool:
    events = member.consent_events.filter(purpose=Purpose.TRACKING)
    last = events.order_by("-occurred_at", "-pk").first()
    return last is not None and last.action == Action.REQUESTED


def _record(
    member: Member, action: str, source: str, requester: str, topic: Topic | None
) -> ConsentEvent:
    purpose = Purpose.TOPIC if topic else Purpose.TRACKING
    return ConsentEvent.objects.create(
        member=member,
        purpose=purpose,
        topic=topic,
        action=action,
        wording=current_wording(member.account.brand, purpose, topic),
        source=source,
        requester_hash=requester,
    )
