"""Schedule, pause, resume and cancel: each asks first, naming what it will do to how many."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from wagtail.admin import messages
from wagtail.admin.widgets import AdminDateTimeInput

from campaigns import lifecycle
from campaigns.audience import forecast
from campaigns.models import OPEN_STATES, Campaign
from campaigns.readiness import blockers
from campaigns.staff.steps import CANCEL, MOVES, PAUSE, RESUME, SCHEDULE, Move, open_moves
from campaigns.staff.urls import overview_url


class WhenForm(forms.Form):
    """When the campaign starts."""

    send_at = forms.DateTimeField(label="Start", widget=AdminDateTimeInput())


def move(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Show what the move would do; on POST, do it."""
    campaign = get_object_or_404(Campaign, pk=pk)
    if name not in MOVES:
        raise Http404
    if not request.user.has_perm("campaigns.change_campaign"):
        raise PermissionDenied
    chosen = MOVES[name]
    if chosen not in open_moves(campaign):
        messages.error(request, f"“{campaign}” is {campaign.get_state_display().lower()} now.")
        return redirect(overview_url(campaign))
    when = _when_form(request, campaign) if chosen == SCHEDULE else None
    if request.method == "POST" and (when is None or when.is_valid()):
        return _carry_out(request, campaign, chosen, when.cleaned_data if when else {})
    return render(request, "campaigns/staff/move.html", _context(campaign, chosen, when))


def _when_form(request: HttpRequest, campaign: Campaign) -> WhenForm | None:
    """A form for the time, unless the campaign, and so its approval, names one."""
    if campaign.send_at:
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
    else:
        {PAUSE: lifecycle.pause, RESUME: lifecycle.resume, CANCEL: lifecycle.cancel}[chosen](
            campaign
        )


def _context(campaign: Campaign, chosen: Move, when: WhenForm | None) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "move": chosen,
        "when": when,
        "effects": _effects(campaign, chosen),
        "overview_url": overview_url(campaign),
    }


def _effects(campaign: Campaign, chosen: Move) -> list[str]:
    if chosen == SCHEDULE:
        counts = forecast(campaign, campaign.send_at or timezone.now())
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
