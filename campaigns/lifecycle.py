"""A campaign's state, from draft to the end. The only writer of ``Campaign.state``.

draft → scheduled → sending ⇄ paused; scheduled → overdue when nothing could start it in time;
overdue → scheduled, or sending at somebody's word; any but draft → cancelled. "Finished" is not a
state: it is derived from there being no open delivery.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.formats import date_format

from campaigns import approval, audience, pacing, switch
from campaigns.compiled_emails import compile_campaign
from campaigns.composition.compiling import CompositionError
from campaigns.deliveries import cancel_open
from campaigns.models import OPEN_STATES, Campaign, Delivery
from campaigns.outcomes import JOURNAL
from campaigns.segments.compiling import BrokenSegment
from loyalty.voucher_pools import NoCodesLeft
from profiles.time_zones import zone_named

MANY = 10_000  # rows of a freeze that the database's own statistics should know at once
State = Campaign.State
TRIAL, REST = 0, 1
HELD = "Held: "  # begins the reason of a campaign that campaigns.guard paused
# The words for campaigns.outcomes.AWAY_REASONS.
AWAY = {
    "server_away": "The mail server does not answer.",
    "no_starttls": "The mail server offers no encryption.",
    "sender_refused": "The mail server refuses the sender's address.",
    "key_refused": "The mail provider refuses the key or the account.",
    JOURNAL: "The journal of hand-offs cannot be written; is the disk full?",
}


class NotPossible(Exception):
    """The campaign cannot make this move now; the message says why."""


@transaction.atomic
def schedule(campaign: Campaign, send_at: datetime) -> Campaign:
    """Let an approved campaign start at ``send_at``. Raises NotPossible.

    The time is part of what was approved unless the approval left it open.
    """
    locked = _lock(campaign)
    if locked.state not in (State.DRAFT, State.SCHEDULED, State.OVERDUE):
        raise NotPossible(f"The campaign is {locked.get_state_display().lower()} already.")
    if approval.current(locked) is None:
        raise NotPossible("Nobody has approved the campaign as it is now.")
    return _to(locked, State.SCHEDULED, send_at=send_at)


@transaction.atomic
def start(campaign: Campaign, now: datetime | None = None) -> Campaign:
    """Compile, freeze the audience, reserve vouchers and begin sending.

    A campaign whose approval no longer fits, or that cannot be compiled, goes back to draft and
    says why; one whose time passed long ago becomes overdue and asks. Starting one that has
    started changes nothing.
    """
    locked, now = _lock(campaign), now or timezone.now()
    if locked.state != State.SCHEDULED:
        return locked
    if missed := _missed(locked, now):
        return _to(locked, State.OVERDUE, missed)
    return _begin(locked, now)


@transaction.atomic
def start_anyway(campaign: Campaign, now: datetime | None = None) -> Campaign:
    """Begin an overdue campaign now, as ``start`` does; it keeps its time. Raises NotPossible."""
    return _begin(_in_state(campaign, State.OVERDUE), now or timezone.now())


@transaction.atomic
def pause(campaign: Campaign, reason: str = "") -> Campaign:
    """Stop after the batch in flight. Raises NotPossible."""
    return _to(_in_state(campaign, State.SENDING), State.PAUSED, reason)


@transaction.atomic
def hold(campaign: Campaign, reason: str) -> bool:
    """Pause a campaign that passed a limit, until somebody resumes it; False if it is not sending.

    ``reason`` is a sentence for staff.
    """
    locked = _lock(campaign)
    if locked.state != State.SENDING:
        return False
    _to(locked, State.PAUSED, f"{HELD}{reason}"[:200])
    return True


@transaction.atomic
def resume(campaign: Campaign) -> Campaign:
    """Go on where it stopped. Raises NotPossible.

    Whoever resumes a held campaign has seen its figures: its limits count anew from now.
    """
    locked = _in_state(campaign, State.PAUSED)
    if not locked.state_reason.startswith(HELD):
        return _to(locked, State.SENDING)
    now = timezone.now()
    return _to(locked, State.SENDING, guarded_since=now, refused_before=refusals(locked))


@transaction.atomic
def cancel(campaign: Campaign) -> Campaign:
    """Stop for good: what has not been handed over is skipped. Raises NotPossible."""
    stoppable = (State.SCHEDULED, State.OVERDUE, State.SENDING, State.PAUSED)
    locked = _in_state(campaign, *stoppable)
    cancel_open(locked)
    return _to(locked, State.CANCELLED)


def due(now: datetime) -> list[Campaign]:
    """The campaigns whose time has come; none while all sending is stopped.

    One at local times starts when its hour comes in the first zone.
    """
    if switch.stopped():
        return []
    scheduled = Campaign.objects.filter(state=State.SCHEDULED).select_related("brand")
    soon = Q(send_at__lte=now) | Q(at_local_time=True, send_at__lte=now + pacing.WIDEST)
    return [
        campaign
        for campaign in scheduled.filter(soon).order_by("send_at")
        if (pacing.starts_at(campaign) or now) <= now
    ]


def with_work(now: datetime | None = None) -> QuerySet[Campaign]:
    """The campaigns that are sending and have deliveries that may go now."""
    now = now or timezone.now()
    claimable = Delivery.objects.filter(
        campaign=OuterRef("pk"),
        state=Delivery.State.PLANNED,
        wave__lte=OuterRef("wave"),
        # As campaigns.deliveries claims: the clock may have been set back since the start.
        not_before__lte=Greatest(now, Coalesce(OuterRef("started_at"), now)),
    )
    campaigns: QuerySet[Campaign] = Campaign.objects.filter(state=State.SENDING)
    return campaigns.filter(Exists(claimable))


def under_way() -> QuerySet[Campaign]:
    """The campaigns that are sending and have open deliveries: ``campaigns.guard`` checks them."""
    still_open = Delivery.objects.filter(campaign=OuterRef("pk"), state__in=OPEN_STATES)
    campaigns: QuerySet[Campaign] = Campaign.objects.filter(state=State.SENDING)
    return campaigns.filter(Exists(still_open)).select_related("brand")


def sending(campaign_id: int) -> Campaign | None:
    """The campaign, when it is sending."""
    campaigns: QuerySet[Campaign] = Campaign.objects.select_related("brand", "topic")
    return campaigns.filter(pk=campaign_id, state=State.SENDING).first()


def is_finished(campaign: Campaign) -> bool:
    """Whether it started and has no open delivery left."""
    started = campaign.state in (State.SENDING, State.CANCELLED)
    return started and not campaign.deliveries.filter(state__in=OPEN_STATES).exists()


def progress(campaign: Campaign) -> dict[str, int]:
    """How many deliveries are in each state; the index by state alone can tell."""
    return dict(campaign.deliveries.order_by().values_list("state").annotate(number=Count("*")))


def refusals(campaign: Campaign) -> dict[str, int]:
    """How many of its mails were rejected so far, by reason."""
    rejected = campaign.deliveries.filter(state=Delivery.State.REJECTED).order_by()
    return dict(rejected.values_list("reason").annotate(Count("pk")))


def note_trouble(campaign: Campaign, reasons: Iterable[str]) -> None:
    """Show on the campaign what keeps all mail back, and clear that when it is over."""
    reason = next((AWAY[reason] for reason in reasons if reason in AWAY), "")
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


def _begin(campaign: Campaign, now: datetime) -> Campaign:
    if approval.current(campaign) is None:
        return _to(campaign, State.DRAFT, "The approval no longer fits the campaign.")
    try:
        compiled = compile_campaign(campaign)
        with transaction.atomic():
            frozen = audience.freeze(campaign, compiled, now)
            audience.reserve_vouchers(campaign)
    except (CompositionError, BrokenSegment, NoCodesLeft) as error:
        return _to(campaign, State.DRAFT, str(error)[:200])
    if frozen.rows >= MANY:
        transaction.on_commit(audience.refresh_statistics)
    return _to(campaign, State.SENDING, started_at=now, wave=TRIAL if frozen.trial else REST)


def _missed(campaign: Campaign, now: datetime) -> str:
    """What to say of a campaign whose time passed too long ago; empty when it did not.

    At local times, too, ``send_at`` counts: the first zone's hour may be over when one schedules.
    """
    at = campaign.send_at or now
    if now - at <= timedelta(minutes=settings.REGULARS_PAST_DUE_MINUTES):
        return ""
    when = date_format(at.astimezone(zone_named(campaign.brand.time_zone)), "j F Y, H:i")
    return f"It should have started on {when}, but nothing could start it then. Is it still wanted?"


def _to(campaign: Campaign, state: str, reason: str = "", **facts: Any) -> Campaign:
    """Move to a state; ``facts`` are other columns that change with it."""
    facts |= {"state": state, "state_reason": reason}
    for name, value in facts.items():
        setattr(campaign, name, value)
    # update, not save: saving would write columns that an editor may have changed meanwhile.
    Campaign.objects.filter(pk=campaign.pk).update(**facts)
    return campaign
