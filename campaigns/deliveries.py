"""The only mover of a delivery's state. Every move is a conditional UPDATE.

A worker claims a batch under a token and a lease; whatever it does later names the token, so a
worker that outlived its lease moves nothing that was given to another. The legal moves:

planned → claimed → handing_off → accepted | rejected | deferred | unknown
claimed → planned | skipped, handing_off → planned (provably never begun), deferred → planned,
unknown → accepted | rejected, planned | deferred → skipped(cancelled).
"""

import random
import secrets
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from campaigns.models import Campaign, Delivery
from profiles.contactability import with_block_reason
from profiles.models import Member

State = Delivery.State
GAVE_UP = "gave_up"
CANCELLED = "cancelled"
MAX_TRIES = 8
# No mail was tried, so no delivery's tries are used up: only the pauses grow, up to this many.
AWAY_REASONS = frozenset({"server_away", "no_starttls", "sender_refused", "key_refused"})
AWAY_TRIES = 5
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=4)


@dataclass(frozen=True)
class Claim:
    """A batch that one worker holds until ``lease_until``."""

    token: str
    delivery_ids: tuple[int, ...]
    lease_until: datetime


@dataclass(frozen=True)
class Outcome:
    """What became of a delivery: accepted, rejected, deferred or unknown, and why."""

    delivery_id: int
    state: str
    reason: str = ""
    detail: str = ""


@transaction.atomic
def claim(campaign_id: int, size: int) -> Claim:
    """Claim up to ``size`` planned deliveries; the claim is empty when there are none."""
    # SQLite ignores skip_locked; there the write lock of the transaction keeps others out.
    skip_locked = connection.features.has_select_for_update_skip_locked
    planned = Delivery.objects.filter(campaign=campaign_id, state=State.PLANNED).order_by("pk")
    rows = planned.select_for_update(skip_locked=skip_locked).values_list("pk", flat=True)[:size]
    found, token = tuple(rows), secrets.token_hex(16)
    lease_until = timezone.now() + timedelta(seconds=settings.REGULARS_LEASE_SECONDS)
    Delivery.objects.filter(pk__in=found, state=State.PLANNED).update(
        state=State.CLAIMED, claim_token=token, lease_until=lease_until
    )
    return Claim(token, found, lease_until)


@transaction.atomic
def begin_hand_off(campaign: Campaign, held: Claim, delivery_ids: Iterable[int]) -> list[int]:
    """Commit ``handing_off`` after a last look at consent, suppression, pause and the campaign.

    Returns the deliveries that may be handed over now; those that may not are skipped, and all go
    back to planned when the campaign is no longer sending or the lease has run out.
    """
    now = timezone.now()
    mine = _mine(held, State.CLAIMED).filter(pk__in=list(delivery_ids), lease_until__gt=now)
    sending = Campaign.objects.select_for_update(of=("self",)).filter(
        pk=campaign.pk, state=Campaign.State.SENDING
    )
    if not sending.exists():
        give_back(held)
        return []
    for reason, blocked in _blocked(campaign, mine, now).items():
        mine.filter(pk__in=blocked).update(state=State.SKIPPED, reason=reason, lease_until=None)
    ready = list(mine.select_for_update().values_list("pk", flat=True))
    _mine(held, State.CLAIMED).filter(pk__in=ready).update(state=State.HANDING_OFF)
    return ready


@transaction.atomic
def settle(held: Claim, outcomes: Iterable[Outcome]) -> None:
    """Commit what became of the deliveries that were handed over."""
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.state, outcome.reason, outcome.detail[:200]].append(outcome.delivery_id)
    for (state, reason, detail), ids in groups.items():
        rows = _mine(held, State.HANDING_OFF, State.UNKNOWN).filter(pk__in=ids)
        if state == State.DEFERRED:
            _defer(rows, reason, detail)
        else:
            _move(rows, state, reason, detail)


def reject_unsent(held: Claim, outcomes: Iterable[Outcome]) -> None:
    """Reject deliveries that could not even be written, each with its reason."""
    for outcome in outcomes:
        row = _mine(held, State.CLAIMED).filter(pk=outcome.delivery_id)
        _move(row, State.REJECTED, outcome.reason, outcome.detail[:200])


def give_back(held: Claim, delivery_ids: Iterable[int] | None = None) -> None:
    """Return to planned what is still claimed, or was handing off and provably never begun."""
    rows = _mine(held, State.CLAIMED)
    if delivery_ids is not None:
        rows = _mine(held, State.CLAIMED, State.HANDING_OFF).filter(pk__in=list(delivery_ids))
    rows.update(state=State.PLANNED, claim_token="", lease_until=None)


@transaction.atomic
def reap(now: datetime | None = None) -> dict[str, int]:
    """Take up what was dropped: lapsed claims, lapsed hand-offs, and deferrals that are due.

    What came back from a batch in flight after its campaign was cancelled is skipped, too.
    """
    now = now or timezone.now()
    lapsed = Delivery.objects.filter(lease_until__lte=now)
    released = lapsed.filter(state=State.CLAIMED)
    unknown = lapsed.filter(state=State.HANDING_OFF)
    due = Delivery.objects.filter(state=State.DEFERRED, deferred_until__lte=now)
    return {
        # The token stays: a worker that comes back may still tell what happened.
        "unknown": unknown.update(state=State.UNKNOWN, reason="worker_lost", lease_until=None),
        "released": released.update(state=State.PLANNED, claim_token="", lease_until=None),
        "due": due.update(state=State.PLANNED, deferred_until=None),
        "cancelled": sum(cancel_open(campaign) for campaign in _cancelled_with_work()),
    }


def cancel_open(campaign: Campaign) -> int:
    """Skip everything that has not been handed over; the batch in flight finishes."""
    rows = Delivery.objects.filter(campaign=campaign, state__in=[State.PLANNED, State.DEFERRED])
    return rows.update(state=State.SKIPPED, reason=CANCELLED, deferred_until=None)


def prove(delivery_id: int, state: str, reason: str = "") -> bool:
    """Settle an unknown delivery by an event that proves what happened."""
    return bool(_move(Delivery.objects.filter(pk=delivery_id, state=State.UNKNOWN), state, reason))


def _cancelled_with_work() -> QuerySet[Campaign]:
    left = Delivery.objects.filter(state__in=[State.PLANNED, State.DEFERRED])
    cancelled: QuerySet[Campaign] = Campaign.objects.filter(state=Campaign.State.CANCELLED)
    return cancelled.filter(pk__in=left.values("campaign"))


def _mine(held: Claim, *states: str) -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        pk__in=held.delivery_ids, claim_token=held.token, state__in=states
    )


def _blocked(campaign: Campaign, mine: QuerySet[Delivery], now: datetime) -> dict[str, list[int]]:
    members = Member.objects.filter(pk__in=mine.values("member"))
    topic = None if campaign.kind == Campaign.Kind.SERVICE else campaign.topic
    barred = with_block_reason(members, topic, now).exclude(block_reason="")
    reasons = dict(barred.values_list("pk", "block_reason"))
    if not reasons:
        return {}
    found: dict[str, list[int]] = defaultdict(list)
    for pk, member_id in mine.filter(member__in=reasons).values_list("pk", "member_id"):
        found[reasons[member_id]].append(pk)
    return found


def _move(rows: QuerySet[Delivery], state: str, reason: str = "", detail: str = "") -> int:
    accepted_at = timezone.now() if state == State.ACCEPTED else None
    return rows.update(
        state=state,
        reason=reason,
        detail=detail,
        accepted_at=accepted_at,
        lease_until=None,
        deferred_until=None,
    )


def _defer(rows: QuerySet[Delivery], reason: str, detail: str) -> None:
    """Put off with exponential back-off and jitter; give up after MAX_TRIES of its own."""
    away = reason in AWAY_REASONS
    if not away:
        _move(rows.filter(tries__gte=MAX_TRIES - 1), State.REJECTED, GAVE_UP, detail)
    for tries in range(MAX_TRIES):
        pause = min(FIRST_PAUSE * 2**tries, LONGEST_PAUSE)
        # Half fixed, half random: nobody hammers a server that has just come back.
        pause = pause / 2 + pause / 2 * random.random()  # noqa: S311
        rows.filter(tries=tries, state__in=[State.HANDING_OFF, State.UNKNOWN]).update(
            state=State.DEFERRED,
            reason=reason,
            detail=detail,
            tries=tries if away and tries >= AWAY_TRIES else tries + 1,
            deferred_until=timezone.now() + pause,
            lease_until=None,
        )
