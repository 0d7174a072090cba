"""Schedule, start, pause, resume and cancel: each asks first, naming what it does to how many."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from wagtail.admin import messages
from wagtail.admin.widgets import AdminDateTimeInput

from campaigns import approval, lifecycle
from campaigns.audience import forecast
from campaigns.models import OPEN_STATES, Campaign
from campaigns.readiness import blockers
from campaigns.staff.screens import CHANGE
from campaigns.staff.steps import (
    CANCEL,
    MOVES,
    PAUSE,
    POSTPONE,
    RESUME,
    SCHEDULE,
    START,
    Move,
    open_moves,
)
from campaigns.staff.urls import overview_url


class WhenForm(forms.Form):
    """When the campaign starts."""

    send_at = forms.DateTimeField(label="Start", widget=AdminDateTimeInput())


def move(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Show what the move would do; on POST, do it."""
    campaign = get_object_or_404(Campaign, pk=pk)
    if name not in MOVES:
        raise Http404
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    chosen = MOVES[name]
    if chosen not in open_moves(campaign):
        messages.error(request, f"“{campaign}” is {campaign.get_state_display().lower()} now.")
        return redirect(overview_url(campaign))
    when = _when_form(request, campaign, chosen)
    if request.method == "POST" and (when is None or when.is_valid()):
        return _carry_out(request, campaign, chosen, when.cleaned_data if when else {})
    return render(request, "campaigns/staff/move.html", _context(campaign, chosen, when))


def _when_form(request: HttpRequest, campaign: Campaign, chosen: Move) -> WhenForm | None:
    """A form for the time, unless the campaign, and so its approval, names one."""
    if chosen not in (SCHEDULE, POSTPONE) or (chosen == SCHEDULE and campaign.send_at):
        return None
    return WhenForm(request.POST or None, initial={"send_at": timezone.localtime()})


def _carry_out(
    request: HttpRequest, campaign: Campaign, chosen: Move, data: dict[str, Any]
) -> HttpResponse:
    try:
        _do(campaign, chosen, data.get("send_at"))
    except lifecycle.NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, chosen.done % campaign)
    return redirect(overview_url(campaign))


def _do(campaign: Campaign, chosen: Move, send_at: datetime | None) -> None:
    if chosen == SCHEDULE:
        if found := blockers(campaign):
            raise lifecycle.NotPossible(found[0])
        lifecycle.schedule(campaign, send_at or campaign.send_at or timezone.now())
    elif chosen == POSTPONE:
        _postpone(campaign, send_at or timezone.now())
    elif chosen == START:
        _start(campaign)
    else:
        {PAUSE: lifecycle.pause, RESUME: lifecycle.resume, CANCEL: lifecycle.cancel}[chosen](
            campaign
        )


@transaction.atomic
def _postpone(campaign: Campaign, send_at: datetime) -> None:
    """Another time is fine unless the approval was for the one that passed."""
    if approval.current(lifecycle.schedule(campaign, send_at)) is None:
        raise lifecycle.NotPossible(
            "It was approved for the time that has passed. Change the start in the editor and "
            "submit it for approval again."
        )


def _start(campaign: Campaign) -> None:
    started = lifecycle.start_anyway(campaign)
    if started.state != Campaign.State.SENDING:
        raise lifecycle.NotPossible(started.state_reason)


def _context(campaign: Campaign, chosen: Move, when: WhenForm | None) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "move": chosen,
        "when": when,
        "effects": _effects(campaign, chosen),
        "overview_url": overview_url(campaign),
    }


def _start_of(campaign: Campaign, chosen: Move) -> datetime:
    return (chosen == SCHEDULE and campaign.send_at) or timezone.now()


def _effects(campaign: Campaign, chosen: Move) -> list[str]:
    if chosen in (SCHEDULE, START, POSTPONE):
        counts = forecast(campaign, _start_of(campaign, chosen))
        planned, held_out = counts.pop("planned", 0), counts.pop("held_out", 0)
        return [
            f"{planned:,} members get the mail as things stand now.",
            f"{held_out:,} are held out to measure what the campaign adds.",
            f"{sum(counts.values()):,} are skipped, each for one reason.",
        ]
    left = campaign.deliveries.filter(state__in=OPEN_STATES).count()
    sent = campaign.deliveries.filter(state="accepted").count()
    if chosen == CANCEL:
        return [
            f"{left:,} members will never get this mail.",
            f"{sent:,} have it already; that cannot be undone.",
            "A cancelled campaign cannot be resumed.",
        ]
    if chosen == PAUSE:
        return [f"{left:,} members wait until you resume.", f"{sent:,} have the mail already."]
    return [f"{left:,} members still get the mail; nobody gets it twice."]
