"""A campaign's state, from draft to the end. The only writer of ``Campaign.state``.

draft → scheduled → sending ⇄ paused; any but draft → cancelled. "Finished" is not a state: it is
derived from there being no open delivery.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from campaigns import approval, audience
from campaigns.compiled_emails import compile_campaign
from campaigns.composition.compiling import CompositionError
from campaigns.deliveries import cancel_open
from campaigns.models import OPEN_STATES, Campaign, Delivery
from campaigns.outcomes import Outcome
from campaigns.segments.compiling import BrokenSegment

State = Campaign.State
# The words for campaigns.deliveries.AWAY_REASONS.
AWAY = {
    "server_away": "The mail server does not answer.",
    "no_starttls": "The mail server offers no encryption.",
    "sender_refused": "The mail server refuses the sender's address.",
    "key_refused": "The mail provider refuses the key or the account.",
    "journal": "The journal of hand-offs cannot be written; is the disk full?",
}


class NotPossible(Exception):
    """The campaign cannot make this move now; the message says why."""


@transaction.atomic
def schedule(campaign: Campaign, send_at: datetime) -> Campaign:
    """Let an approved campaign start at ``send_at``. Raises NotPossible.

    The time is part of what was approved unless the approval left it open.
    """
    locked = _lock(campaign)
    if locked.state not in (State.DRAFT, State.SCHEDULED):
        raise NotPossible(f"The campaign is {locked.get_state_display().lower()} already.")
    if approval.current(locked) is None:
        raise NotPossible("Nobody has approved the campaign as it is now.")
    locked.send_at = send_at
    return _to(locked, State.SCHEDULED)


@transaction.atomic
def start(campaign: Campaign, now: datetime | None = None) -> Campaign:
    """Compile, freeze the audience, reserve vouchers and begin sending.

    A campaign whose approval no longer fits, or that cannot be compiled, goes back to draft and
    says why. Starting one that has started changes nothing.
    """
    locked, now = _lock(campaign), now or timezone.now()
    if locked.state != State.SCHEDULED:
        return locked
    if approval.current(locked) is None:
        return _to(locked, State.DRAFT, "The approval no longer fits the campaign.")
    try:
        compiled = compile_campaign(locked)
        audience.freeze(locked, compiled, now)
    except (CompositionError, BrokenSegment) as error:
        return _to(locked, State.DRAFT, str(error)[:200])
    audience.reserve_vouchers(locked)
    locked.started_at = now
    return _to(locked, State.SENDING)


@transaction.atomic
def pause(campaign: Campaign, reason: str = "") -> Campaign:
    """Stop after the batch in flight. Raises NotPossible."""
    return _to(_in_state(campaign, State.SENDING), State.PAUSED, reason)


@transaction.atomic
def resume(campaign: Campaign) -> Campaign:
    """Go on where it stopped. Raises NotPossible."""
    return _to(_in_state(campaign, State.PAUSED), State.SENDING)


@transaction.atomic
def cancel(campaign: Campaign) -> Campaign:
    """Stop for good: what has not been handed over is skipped. Raises NotPossible."""
    locked = _in_state(campaign, State.SCHEDULED, State.SENDING, State.PAUSED)
    cancel_open(locked)
    return _to(locked, State.CANCELLED)


def due(now: datetime) -> QuerySet[Campaign]:
    """The campaigns whose time has come."""
    campaigns: QuerySet[Campaign] = Campaign.objects.filter(state=State.SCHEDULED)
    return campaigns.filter(send_at__lte=now).order_by("send_at")


def with_work() -> QuerySet[Campaign]:
    """The campaigns that are sending and have planned deliveries."""
    planned = Delivery.objects.filter(state=Delivery.State.PLANNED)
    campaigns: QuerySet[Campaign] = Campaign.objects.filter(state=State.SENDING)
    return campaigns.filter(pk__in=planned.values("campaign"))


def sending(campaign_id: int) -> Campaign | None:
    """The campaign, when it is sending."""
    campaigns: QuerySet[Campaign] = Campaign.objects.select_related("brand", "topic")
    return campaigns.filter(pk=campaign_id, state=State.SENDING).first()


def is_finished(campaign: Campaign) -> bool:
    """Whether it started and has no open delivery left."""
    started = campaign.state in (State.SENDING, State.CANCELLED)
    return started and not campaign.deliveries.filter(state__in=OPEN_STATES).exists()


def progress(campaign: Campaign) -> dict[str, int]:
    """How many deliveries are in each state."""
    return dict(campaign.deliveries.order_by().values_list("state").annotate(Count("pk")))


def note_trouble(campaign: Campaign, outcomes: Iterable[Outcome]) -> None:
    """Show on the campaign that the mail server is away, and clear that when it is back."""
    reason = next((AWAY[o.reason] for o in outcomes if o.reason in AWAY), "")
    if reason != campaign.state_reason:
        Campaign.objects.filter(pk=campaign.pk, state=State.SENDING).update(state_reason=reason)
        campaign.state_reason = reason


def _lock(campaign: Campaign) -> Campaign:
    campaigns: QuerySet[Campaign] = Campaign.objects.select_for_update(of=("self",))
    return campaigns.get(pk=campaign.pk)


def _in_state(campaign: Campaign, *states: str) -> Campaign:
    locked = _lock(campaign)
    if locked.state not in states:
        raise NotPossible(f"The campaign is {locked.get_state_display().lower()}.")
    return locked


def _to(campaign: Campaign, state: str, reason: str = "") -> Campaign:
    campaign.state, campaign.state_reason = state, reason
    # update, not save: saving would write columns that an editor may have changed meanwhile.
    Campaign.objects.filter(pk=campaign.pk).update(
        state=state,
        state_reason=reason,
        send_at=campaign.send_at,
        started_at=campaign.started_at,
    )
    return campaign
