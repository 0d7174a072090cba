"""The staff's reports: all campaigns, one campaign, the members behind a number, downloads."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import View
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import HeaderButton

from campaigns import lifecycle, reports
from campaigns.models import OPEN_STATES, Campaign, Delivery
from campaigns.staff.steps import next_step, state_word
from campaigns.staff.urls import overview_url
from campaigns.views import report_cells, report_charts, report_csv
from campaigns.views.report_cells import Cell
from campaigns.views.report_words import explanation, reason

HEADLINES = ("accepted", "opened", "clicked", "redeemed", "unsubscribed")
SENDING = (
    "audience",
    "planned",
    "skipped",
    "held_out",
    "open",
    "deferred",
    "accepted",
    "rejected",
    "unknown",
)
RESPONSES = tuple(key for key in reports.LABELS if key not in SENDING)
CAMPAIGNS_PER_PAGE, MEMBERS_PER_PAGE = 40, 50
ON_THEIR_WAY = "The mails are on their way."
HANDED_OVER = "Every mail is handed over; responses still come in."
MINUTE = timedelta(seconds=60)


class Screen(WagtailAdminTemplateMixin, View):
    """A page of the reports, for those who may look at campaigns."""

    header_icon = "history"
    permissions: tuple[str, ...] = ("campaigns.view_campaign",)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse whoever may not look; Wagtail turns that into a message."""
        if not request.user.has_perms(self.permissions):
            raise PermissionDenied
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Show the page."""
        answer: HttpResponseBase = self.render_to_response(self.get_context_data())
        return answer

    @cached_property
    def campaign(self) -> Campaign:
        """The campaign that the address names."""
        campaigns = Campaign.objects.select_related("brand", "topic", "segment")
        found: Campaign = get_object_or_404(campaigns, pk=self.kwargs["pk"])
        return found

    def crumbs(self) -> list[tuple[str, str]]:
        """Address and words of what stands between the list of reports and this page."""
        return [(report_url(self.campaign), str(self.campaign))]

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Home, all reports, and where one is."""
        trail = [(reverse("campaigns_report:list"), "Campaign reports"), *self.crumbs()]
        items = [{"url": url, "label": label} for url, label in trail]
        return [*super().get_breadcrumbs_items(), *items]


class ReportList(Screen):
    """Every campaign that has started, and the groups added up."""

    page_title = "Campaign reports"
    template_name = "campaigns/report/list.html"

    def crumbs(self) -> list[tuple[str, str]]:
        """It is the list itself."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The campaigns, the newest first; groups on the first page only."""
        started = Campaign.objects.exclude(started_at=None)
        ordered = started.order_by("-business_at", "-started_at", "-pk")
        page = Paginator(ordered, CAMPAIGNS_PER_PAGE).get_page(self.request.GET.get("p"))
        rows = report_cells.campaign_rows(list(page))
        context: dict[str, Any] = super().get_context_data(
            page=page,
            rows=rows,
            simulated=any(cell.simulated for row in rows for cell in row.cells),
            groups=report_cells.group_rows() if page.number == 1 else [],
            **kwargs,
        )
        return context


class CampaignReport(Screen):
    """What one campaign did: where it stands, the numbers that matter, the rest behind them."""

    page_title = "Report"
    template_name = "campaigns/report/campaign.html"

    def get_page_subtitle(self) -> str:
        """Which campaign it is about."""
        return str(self.campaign)

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """Where it stands, and the downloads."""
        figures, deliveries = (
            reverse(f"campaigns_report:{name}", args=[self.campaign.pk])
            for name in ("figures_csv", "deliveries_csv")
        )
        stands = overview_url(self.campaign)
        return [
            HeaderButton("Where it stands", stands, icon_name="tasks", priority=10),
            HeaderButton("Figures, CSV", figures, icon_name="download", priority=20),
            HeaderButton("Deliveries, CSV", deliveries, icon_name="download", priority=30),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Everything the page shows."""
        campaign, figures = self.campaign, reports.figures(self.campaign)
        course = report_charts.course(campaign)
        context: dict[str, Any] = super().get_context_data(
            campaign=campaign,
            state_word=state_word(campaign),
            next_step=_next(campaign),
            progress=progress(campaign),
            headlines=[Cell.of(campaign, figures, key) for key in HEADLINES],
            sending=[Cell.of(campaign, figures, key) for key in SENDING],
            responses=[Cell.of(campaign, figures, key) for key in RESPONSES],
            reasons=report_cells.reasons(campaign, figures),
            simulated=report_cells.simulated(figures),
            differences=report_cells.differences(campaign),
            adds_up=figures.adds_up,
            funnel=report_charts.funnel(figures),
            course=course,
            course_chart=course.chart(),
            course_labels=[reports.LABELS[key] for key in course.keys],
            **kwargs,
        )
        return context


class MembersBehind(Screen):
    """The members that one number counts, each with what they did and why they are in it."""

    permissions = ("campaigns.view_campaign", "profiles.view_member")
    template_name = "campaigns/report/members.html"

    def get_page_title(self) -> str:
        """Which number it is."""
        key: str = self.kwargs["figure"]
        if key.startswith(reports.SKIPPED):
            return "Skipped"
        return str(reports.LABELS.get(key, "Members"))

    def get_page_subtitle(self) -> str:
        """Whose number it is."""
        return self.subject()

    def crumbs(self) -> list[tuple[str, str]]:
        """The report, then the number."""
        report = super().crumbs() if "pk" in self.kwargs else [("", self.subject())]
        return [*report, ("", self.get_page_title())]

    def deliveries(self) -> QuerySet[Delivery]:
        """The deliveries that the number counts. Raises KeyError."""
        return reports.deliveries_behind(self.campaign, self.kwargs["figure"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of the list."""
        try:
            rows = self.deliveries()
        except KeyError:
            raise Http404 from None
        related = rows.select_related("member", "campaign__topic", "campaign__segment")
        ordered = related.order_by("member__last_name", "member__first_name", "pk")
        page = Paginator(ordered, MEMBERS_PER_PAGE).get_page(self.request.GET.get("p"))
        context: dict[str, Any] = super().get_context_data(
            page=page,
            subject=self.subject(),
            note=self.note(),
            rows=[(delivery, explanation(delivery)) for delivery in page],
            is_group="group" in self.kwargs,
            report_url=report_url(self.campaign) if "pk" in self.kwargs else "",
            **kwargs,
        )
        return context

    def subject(self) -> str:
        """Whose number it is."""
        return str(self.campaign)

    def note(self) -> str:
        """The reason in words, where the number is about one."""
        key: str = self.kwargs["figure"]
        return reason(key.removeprefix(reports.SKIPPED)) if key.startswith(reports.SKIPPED) else ""


class GroupMembersBehind(MembersBehind):
    """The same for a group of campaigns: one row per mail."""

    def deliveries(self) -> QuerySet[Delivery]:
        """The deliveries of the group's campaigns that the number counts. Raises KeyError."""
        in_group = Q(campaign__brand=self.kwargs["brand"], campaign__group=self.kwargs["group"])
        return Delivery.objects.filter(in_group, reports.CONDITIONS[self.kwargs["figure"]])

    def subject(self) -> str:
        """The group's name."""
        return str(self.kwargs["group"])


class FiguresCsv(Screen):
    """The figures as a download."""

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Stream the rows."""
        rows = report_csv.figure_rows(reports.figures(self.campaign))
        return report_csv.response(report_csv.file_name(self.campaign, "figures"), rows)


class DeliveriesCsv(Screen):
    """The deliveries as a download."""

    permissions = MembersBehind.permissions

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Stream the rows."""
        rows = report_csv.delivery_rows(Delivery.objects.filter(campaign=self.campaign))
        return report_csv.response(report_csv.file_name(self.campaign, "deliveries"), rows)


class Progress(Screen):
    """The fragment that shows how far the sending is; it asks for itself until the end."""

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """The fragment; once nothing is left to send, the whole page is loaded anew."""
        found = progress(self.campaign)
        context = {"campaign": self.campaign, "progress": found}
        answer = render(self.request, "campaigns/report/progress.html", context)
        if found is None:
            answer["HX-Refresh"] = "true"
        return answer


def _next(campaign: Campaign) -> str:
    """What comes next, in words that stay true while the progress below moves on."""
    if campaign.state != Campaign.State.SENDING:
        return next_step(campaign)
    if lifecycle.is_finished(campaign):
        return HANDED_OVER
    return campaign.state_reason or ON_THEIR_WAY


def report_url(campaign: Campaign) -> str:
    """Where the campaign's report is."""
    return reverse("campaigns_report:campaign", args=[campaign.pk])


def progress(campaign: Campaign) -> dict[str, Any] | None:
    """How far the sending is, its rate per minute and the time left; None when it is over."""
    counts = lifecycle.progress(campaign)
    left = sum(counts.get(state, 0) for state in OPEN_STATES)
    if campaign.state not in ("sending", "paused") or not left:
        return None
    total = sum(counts.values()) - counts.get("skipped", 0) - counts.get("held_out", 0)
    lately = campaign.deliveries.filter(accepted_at__gte=timezone.now() - MINUTE).count()
    return {
        "left": left,
        "done": total - left,
        "total": total,
        "deferred": counts.get("deferred", 0),
        "per_minute": lately,
        "minutes": round(left / lately) if lately else None,
    }
