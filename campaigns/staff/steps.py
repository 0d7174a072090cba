"""What a campaign waits for, in one sentence, and which moves are open to staff now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format

from campaigns import approval, lifecycle
from campaigns.models import OPEN_STATES, Campaign

State = Campaign.State


@dataclass(frozen=True)
class Move:
    """Something that staff can do to a campaign; ``done`` is said afterwards."""

    name: str
    label: str
    icon: str
    done: str
    is_serious: bool = False


SCHEDULE = Move("schedule", "Schedule", "calendar", "“%s” is scheduled.")
PAUSE = Move("pause", "Pause", "time", "“%s” stops after the batch in flight.")
RESUME = Move("resume", "Resume", "rotate", "“%s” goes on where it stopped.")
START = Move("start", "Start now", "mail", "“%s” has started.")
POSTPONE = Move("postpone", "Choose another time", "calendar", "“%s” is scheduled.")
CANCEL = Move("cancel", "Cancel", "cross", "“%s” is cancelled.", is_serious=True)
MOVES = {move.name: move for move in (SCHEDULE, START, POSTPONE, PAUSE, RESUME, CANCEL)}
_OPEN: Mapping[str, Sequence[Move]] = {
    State.DRAFT: (SCHEDULE,),
    State.SCHEDULED: (CANCEL,),
    State.OVERDUE: (START, POSTPONE, CANCEL),
    State.SENDING: (PAUSE, CANCEL),
    State.PAUSED: (RESUME, CANCEL),
    State.CANCELLED: (),
}


def open_moves(campaign: Campaign) -> list[Move]:
    """The moves that make sense now: only an approved draft can be scheduled."""
    if campaign.state == State.DRAFT and approval.current(campaign) is None:
        return []
    if campaign.state == State.SENDING and lifecycle.is_finished(campaign):
        return []
    return list(_OPEN[campaign.state])


def state_word(campaign: Campaign) -> str:
    """The state as staff say it; finished and waiting for approval are derived."""
    if campaign.state == State.SENDING and lifecycle.is_finished(campaign):
        return "Finished"
    if campaign.state == State.DRAFT and campaign.workflow_in_progress:
        return "Waiting for approval"
    if campaign.state == State.DRAFT and approval.current(campaign):
        return "Approved"
    return str(campaign.get_state_display())


def next_step(campaign: Campaign) -> str:
    """What has to happen next, and by whom."""
    if campaign.state != State.DRAFT:
        return _under_way(campaign)
    if campaign.workflow_in_progress:
        return "Someone who did not edit it approves it."
    if approval.current(campaign):
        return "Schedule it."
    return campaign.state_reason or "Finish it and submit it for approval."


def _under_way(campaign: Campaign) -> str:
    if campaign.state == State.SCHEDULED:
        return f"Starts {moment(campaign)}."
    if campaign.state == State.OVERDUE:
        return campaign.state_reason or f"It should have started on {moment(campaign)}."
    if campaign.state == State.PAUSED:
        return campaign.state_reason or "Resume it or cancel it."
    if campaign.state == State.CANCELLED:
        return "Nothing more is sent."
    left = campaign.deliveries.filter(state__in=OPEN_STATES).count()
    if campaign.state_reason:
        return f"{campaign.state_reason} {left:,} wait."
    return f"{left:,} to go." if left else "Read the report."


def moment(campaign: Campaign) -> str:
    """When it starts or started; empty when nobody has said."""
    at = campaign.started_at or campaign.send_at
    return date_format(timezone.localtime(at), "j M Y, H:i") if at else ""
