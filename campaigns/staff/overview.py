"""The page that says where a campaign stands."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.generic import InspectView
from wagtail.admin.widgets.button import HeaderButton

from campaigns import approval
from campaigns.audience import forecast
from campaigns.models import Approval, Campaign
from campaigns.readiness import assess
from campaigns.segments.compiling import BrokenSegment, Rules
from campaigns.staff.progress import Progress
from campaigns.staff.screens import CHANGE, LOOK_AT_MEMBERS, CampaignScreen
from campaigns.staff.steps import next_step, open_moves, state_word
from campaigns.staff.unknowns import UnknownsAndStranded
from campaigns.staff.urls import edit_url, move_url, preview_url, unknowns_url

STARTED = (Campaign.State.SENDING, Campaign.State.PAUSED, Campaign.State.CANCELLED)


class CampaignPage(InspectView):
    """Where a campaign stands: next step, who would get it, what is in the way, who approved."""

    template_name = "campaigns/staff/campaign.html"
    page_title = _("Campaign")

    def get_fields_context(self) -> list[dict[str, Any]]:
        """The template shows what matters itself."""
        return []

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """What to look at; what to do stands in the page, next to its consequences."""
        buttons = [
            HeaderButton(_("Preview"), preview_url(self.object), icon_name="view", priority=10)
        ]
        if report := report_url(self.object):
            buttons.append(HeaderButton(_("Report"), report, icon_name="history", priority=20))
        return buttons

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Live figures, computed now."""
        campaign = self.object
        started = campaign.state in STARTED
        may_act = self.request.user.has_perm(CHANGE)
        moves = open_moves(campaign) if may_act else []
        newest = campaign.get_latest_revision_as_object() if not started else campaign
        context: dict[str, Any] = super().get_context_data(
            campaign=campaign,
            state_word=state_word(campaign),
            next_step="" if started else next_step(campaign),
            moves=[(move, move_url(campaign, move.name)) for move in moves],
            edit_url="" if started else edit_url(campaign),
            approval=_approval(campaign, started=started),
            edits=campaign.edits.select_related("editor").order_by("-edited_at")[:5],
            figures=None if started else _expected(newest),
            **(_progress(self.request, campaign) if started else {}),
            readiness=None if started else assess(newest),
            rules=_rules(newest),
            started=started,
            **kwargs,
        )
        return context


class ProgressFragment(CampaignScreen):
    """The moving part of the page; it asks for itself until there is nothing left to move."""

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """The fragment; when the state is another than on the page, the page is loaded anew."""
        context = {"campaign": self.campaign, **_progress(self.request, self.campaign, anew=False)}
        answer = render(self.request, "campaigns/staff/progress.html", context)
        answer["Cache-Control"] = "private, no-store"
        if self.request.GET.get("state") != state_word(self.campaign):
            answer["HX-Refresh"] = "true"
        return answer


def report_url(campaign: Campaign) -> str:
    """The report, once there is something to report; empty before."""
    started = campaign.state in STARTED
    return reverse("campaigns_report:campaign", args=[campaign.pk]) if started else ""


def _approval(campaign: Campaign, *, started: bool) -> Approval | None:
    """The approval that counts; of a campaign that has started, the one it started with."""
    if not started:
        return approval.current(campaign)
    latest: Approval | None = campaign.approvals.order_by("-approved_at").first()
    return latest


def _expected(campaign: Campaign) -> list[tuple[str, int, str]]:
    """Who would be planned, held out and skipped if it started now."""
    try:
        counts = forecast(campaign, timezone.now())
    except BrokenSegment:
        return []
    return _in_words(counts, {"planned": "would get it", "held_out": "held out"})


def _progress(request: HttpRequest, campaign: Campaign, *, anew: bool = True) -> dict[str, Any]:
    progress = Progress(campaign, anew=anew)
    return {
        "progress": progress,
        "open": UnknownsAndStranded.of(campaign, progress.counts),
        "unknowns_url": unknowns_url(campaign),
        "may_look_at_members": request.user.has_perm(LOOK_AT_MEMBERS),
    }


def _in_words(counts: dict[str, int], words: dict[str, str]) -> list[tuple[str, int, str]]:
    total = sum(counts.values())
    ordered = sorted(counts.items(), key=lambda item: (item[0] not in words, -item[1]))
    return [
        (words.get(name, name.replace("_", " ")), number, f"of {total:,}")
        for name, number in ordered
    ]


def _rules(campaign: Campaign) -> Rules | None:
    try:
        return Rules.of(campaign.segment) if campaign.segment else None
    except BrokenSegment:
        return None
