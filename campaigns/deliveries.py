"""The only mover of a delivery's state. Every move is a conditional UPDATE.

A worker claims a batch under a token and a lease; whatever it does later names the token, so a
worker that outlived its lease moves nothing that was given to another. The legal moves:

planned → claimed → handing_off → accepted | rejected | deferred | unknown
claimed → planned | skipped, handing_off → planned (provably never begun), deferred → planned,
planned | deferred → skipped(cancelled), unknown → accepted | rejected (proved by an event),
unknown → planned with the next attempt (somebody's decision).

``campaigns.legal_moves`` has the database refuse all others.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from campaigns.models import Campaign, Delivery
from campaigns.outcomes import AWAY_REASONS, Outcome

State = Delivery.State
GAVE_UP = "gave_up"
CANCELLED = "cancelled"
WORKER_LOST = "worker_lost"
LEFT = "left"  # somebody decided to leave an unknown delivery as it is
MAX_TRIES = 12  # with the pauses below, 6 to 12 hours
AWAY_TRIES = 5
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=4)
LONGEST_DETAIL = 200


@dataclass(frozen=True)
class Claim:
    """A batch that one worker holds until ``lease_until``."""

    token: str
    delivery_ids: tuple[int, ...]
    lease_until: datetime


@transaction.atomic
def claim(campaign: Campaign, size: int, token: str) -> Claim:
    """Claim up to ``size`` deliveries that may go now; the claim is empty when there are none.

    Those of the campaign's trial come first; within a wave, those that waited longest.
    """
    now, found = timezone.now(), list[int]()
    for wave in range(campaign.wave + 1):
        found += _claimable(campaign, wave, now)[: size - len(found)]
        if len(found) >= size:
            break
    lease_until = now + timedelta(seconds=settings.REGULARS_LEASE_SECONDS)
    if found:
        Delivery.objects.filter(pk__in=found, state=State.PLANNED).update(
            state=State.CLAIMED, claim_token=token, lease_until=lease_until
        )
    return Claim(token, tuple(found), lease_until)


def begin_hand_off(held: Claim) -> int:
    """Move what is still claimed, under a lease that has not run out, to handing_off.

    Once the transaction is committed, those of ``handing_off(held)`` may be handed over.
    """
    mine = _of(held.token, State.CLAIMED).filter(lease_until__gt=timezone.now())
    return mine.update(state=State.HANDING_OFF)


def handing_off(held: Claim) -> QuerySet[Delivery]:
    """The deliveries that are being handed over under this claim."""
    return _of(held.token, State.HANDING_OFF)


def skip(held: Claim, reasons: Mapping[str, Iterable[int]]) -> None:
    """Skip claimed deliveries whose members may not be mailed any more, each with its reason."""
    for reason, ids in reasons.items():
        rows = _of(held.token, State.CLAIMED).filter(pk__in=list(ids))
        rows.update(state=State.SKIPPED, reason=reason, lease_until=None)


def postpone(held: Claim, moments: Mapping[datetime, Iterable[int]]) -> None:
    """Give claimed deliveries back that may not go before their moment."""
    for moment, ids in moments.items():
        rows = _of(held.token, State.CLAIMED).filter(pk__in=list(ids))
        rows.update(state=State.PLANNED, claim_token="", lease_until=None, not_before=moment)


def untrack(held: Claim, mails: Mapping[int, Iterable[int]]) -> None:
    """Send this untracked compiled mail instead: the members took the permission back."""
    for compiled_email_id, ids in mails.items():
        rows = _of(held.token, State.CLAIMED).filter(pk__in=list(ids))
        rows.update(compiled_email=compiled_email_id, tracked=False)


def settle(token: str, outcomes: Iterable[Outcome]) -> None:
    """Commit what became of the deliveries that were handed over under ``token``."""
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for outcome in outcomes:
        detail = outcome.detail[:LONGEST_DETAIL]
        groups[outcome.state, outcome.reason, detail].append(outcome.delivery_id)
    with transaction.atomic():
        for (state, reason, detail), ids in groups.items():
            if state == State.DEFERRED:
                _defer(_of(token, State.HANDING_OFF).filter(pk__in=ids), reason, detail)
            elif state == State.UNKNOWN:
                _move(_of(token, State.HANDING_OFF).filter(pk__in=ids), state, reason, detail)
            else:
                _move(_held(token).filter(pk__in=ids), state, reason, detail)


def give_back(token: str) -> int:
    """Return to planned what is held under ``token``: whatever is left was provably never begun."""
    rows = _of(token, State.CLAIMED, State.HANDING_OFF)
    return rows.update(state=State.PLANNED, claim_token="", lease_until=None)


def release_lapsed(now: datetime) -> int:
    """Return to planned what was claimed under a lease that ran out: provably not sent."""
    lapsed = Delivery.objects.filter(state=State.CLAIMED, lease_until__lte=now)
    return lapsed.update(state=State.PLANNED, claim_token="", lease_until=None)


def lose(token: str, delivery_ids: Iterable[int] | None = None) -> int:
    """Deliveries in handing_off whose worker is gone, and nobody can say what happened.

    The token stays: a worker that comes back after all may still tell.
    """
    rows = _of(token, State.HANDING_OFF)
    if delivery_ids is not None:
        rows = rows.filter(pk__in=list(delivery_ids))
    return rows.update(state=State.UNKNOWN, reason=WORKER_LOST, lease_until=None)


def retry_due(now: datetime) -> int:
    """Plan anew what was put off until now."""
    due = Delivery.objects.filter(state=State.DEFERRED, deferred_until__lte=now)
    return due.update(state=State.PLANNED, deferred_until=None)


def cancel_open(campaign: Campaign) -> int:
    """Skip everything that has not been handed over; the batch in flight finishes."""
    rows = Delivery.objects.filter(campaign=campaign, state__in=[State.PLANNED, State.DEFERRED])
    return rows.update(state=State.SKIPPED, reason=CANCELLED, deferred_until=None)


def prove(delivery_id: int, state: str, reason: str = "") -> bool:
    """Settle an unknown delivery by an event that proves what happened."""
    return bool(_move(Delivery.objects.filter(pk=delivery_id, state=State.UNKNOWN), state, reason))


def send_again(rows: QuerySet[Delivery]) -> int:
    """Plan unknown deliveries anew, as their next attempt. Somebody has decided so."""
    return rows.filter(state=State.UNKNOWN).update(
        state=State.PLANNED,
        reason="",
        detail="",
        claim_token="",
        attempt=F("attempt") + 1,
        not_before=timezone.now(),
    )


def leave(rows: QuerySet[Delivery]) -> int:
    """Note on unknown deliveries that they stay as they are. Somebody has decided so."""
    return rows.filter(state=State.UNKNOWN).update(reason=LEFT)


def _claimable(campaign: Campaign, wave: int, now: datetime) -> QuerySet[Delivery, int]:
    # What could go at the start still may, though the clock was set back since.
    now = max(now, campaign.started_at or now)
    # SQLite ignores skip_locked; there the write lock of the transaction keeps others out.
    skip_locked = connection.features.has_select_for_update_skip_locked
    rows = Delivery.objects.filter(
        campaign=campaign.pk, wave=wave, not_before__lte=now, state=State.PLANNED
    )
    ordered = rows.order_by("not_before", "pk").select_for_update(skip_locked=skip_locked)
    return ordered.values_list("pk", flat=True)


def _of(token: str, *states: str) -> QuerySet[Delivery]:
    return Delivery.objects.filter(claim_token=token, state__in=states)


def _held(token: str) -> QuerySet[Delivery]:
    """What is being handed over, or was when its worker was taken for lost: it may still tell."""
    return _of(token, State.HANDING_OFF, State.UNKNOWN)


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
    for tries in rows.order_by("tries").values_list("tries", flat=True).distinct():
        pause = min(FIRST_PAUSE * 2**tries, LONGEST_PAUSE)
        # Half fixed, half random: nobody hammers a server that has just come back.
        pause = pause / 2 + pause / 2 * random.random()  # noqa: S311
        rows.filter(tries=tries).update(
            state=State.DEFERRED,
            reason=reason,
            detail=detail,
            tries=tries if away and tries >= AWAY_TRIES else tries + 1,
            deferred_until=timezone.now() + pause,
            lease_until=None,
        )
