"""Campaigns in the staff site: the list, the page that says where one stands, the editor."""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    TabbedInterface,
)
from wagtail.admin.ui.tables import Column, NumberColumn, StatusTagColumn, TitleColumn
from wagtail.admin.views.generic import InspectView
from wagtail.admin.views.generic.preview import PreviewOnEdit
from wagtail.admin.views.generic.workflow import WorkflowAction
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.snippets.views.snippets import EditView, IndexView, SnippetViewSet

from campaigns import approval, lifecycle
from campaigns.audience import forecast
from campaigns.models import Approval, Campaign
from campaigns.previewing import NoPreview, preview
from campaigns.readiness import assess, blockers
from campaigns.segments.compiling import BrokenSegment, Rules
from campaigns.staff.steps import moment, next_step, open_moves, state_word
from campaigns.staff.urls import NAMESPACE, edit_url, move_url, overview_url, preview_url
from profiles.models import Member

STARTED = (Campaign.State.SENDING, Campaign.State.PAUSED, Campaign.State.CANCELLED)

PANELS = TabbedInterface(
    [
        ObjectList(
            [
                FieldPanel("name"),
                FieldRowPanel([FieldPanel("brand"), FieldPanel("kind"), FieldPanel("topic")]),
                MultiFieldPanel(
                    [
                        FieldPanel("segment"),
                        FieldRowPanel(
                            [
                                FieldPanel("holdout_percent", heading=_("Hold-out, %")),
                                FieldPanel("group"),
                            ]
                        ),
                        FieldPanel("weekly_cap_applies"),
                    ],
                    heading=_("Audience"),
                ),
                FieldPanel(
                    "send_at",
                    heading=_("Start"),
                    help_text=_("Empty: chosen when it is scheduled."),
                ),
            ],
            heading=_("Plan"),
        ),
        ObjectList(
            [
                InlinePanel(
                    "emails",
                    heading=_("Mail"),
                    label=_("language"),
                    help_text=_("The first one serves members whose language has none."),
                    panels=[
                        FieldPanel("language"),
                        FieldPanel("subject"),
                        FieldPanel("preheader"),
                        FieldPanel("body"),
                    ],
                )
            ],
            heading=_("Mail"),
        ),
        ObjectList(
            [
                InlinePanel(
                    "campaign_offers",
                    heading=_("Offers"),
                    label=_("offer"),
                    panels=[FieldPanel("offer"), FieldPanel("for_holders_only")],
                )
            ],
            heading=_("Offers"),
        ),
    ]
)


class CampaignIndexView(IndexView):
    """Campaigns, the newest first, each with its state and what has to happen next."""

    default_ordering = "-created_at"

    def get_base_queryset(self) -> QuerySet[Campaign]:
        """Each with the number of its accepted mails, counted in one query."""
        sent = Count("deliveries", filter=Q(deliveries__state="accepted"))
        campaigns: QuerySet[Campaign] = Campaign.objects.select_related("brand", "topic")
        counted: QuerySet[Campaign] = campaigns.annotate(sent=sent)
        return counted


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
        may_act = self.request.user.has_perm("campaigns.change_campaign")
        moves = open_moves(campaign) if may_act else []
        newest = campaign.get_latest_revision_as_object() if not started else campaign
        context: dict[str, Any] = super().get_context_data(
            campaign=campaign,
            state_word=state_word(campaign),
            next_step=next_step(campaign),
            moves=[(move, move_url(campaign, move.name)) for move in moves],
            edit_url="" if started else edit_url(campaign),
            approval=_approval(campaign, started=started),
            edits=campaign.edits.select_related("editor").order_by("-edited_at")[:5],
            figures=_progress(campaign) if started else _expected(newest),
            readiness=None if started else assess(newest),
            rules=_rules(newest),
            started=started,
            **kwargs,
        )
        return context


class CampaignEditView(EditView):
    """The editor; what is not ready cannot be submitted or approved."""

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """The way to where it stands and to the preview as any member."""
        return [
            HeaderButton(_("Where it stands"), overview_url(self.object), icon_name="tasks"),
            HeaderButton(_("Preview as a member"), preview_url(self.object), icon_name="view"),
        ]

    def save_instance(self) -> Campaign:
        """Save; whoever changed the content is its editor before any action is taken on it."""
        stored = Campaign.objects.get(pk=self.object.pk)
        before = approval.newest_hash(stored)
        saved: Campaign = super().save_instance()
        stored.refresh_from_db()
        if approval.newest_hash(stored) != before:
            approval.record_edit(stored, self.request.user)
        return saved

    def submit_action(self) -> HttpResponse | None:
        """Submit for approval, unless something is in the way: then it stays a saved draft."""
        return self._refused() or super().submit_action()

    def workflow_action_action(self) -> HttpResponse | None:
        """Approve or reject; approving needs the same readiness as submitting."""
        refused = self._refused() if self.workflow_action == "approve" else None
        return refused or super().workflow_action_action()

    def _refused(self) -> HttpResponse | None:
        found = blockers(self.object)
        for problem in found:
            messages.error(self.request, problem)
        return redirect(self.get_edit_url()) if found else None


class CampaignWorkflowAction(WorkflowAction):
    """Approving from the list of tasks."""

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse to approve what is not ready, naming why."""
        newest = self.object.get_latest_revision_as_object()
        found = blockers(newest) if self.action_name == "approve" else ()
        if not found:
            response: HttpResponse = super().post(request, *args, **kwargs)
            return response
        for problem in found:
            messages.error(request, problem)
        return redirect(self.redirect_url)


class CampaignPreview(PreviewOnEdit):
    """The editor's side panel: the mail as the first member of the audience would get it."""

    def get(self, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Render the form as it stands, unsaved changes included."""
        form = self.get_form(self._get_form_data(self._get_form_state()))
        if not self.validate_form(form):
            response: HttpResponse = self.error_response()
            return response
        form.save(commit=False)
        member = Member.objects.filter(account__brand=self.object.brand_id, status="active").first()
        try:
            html = preview(self.object, member).html if member else "There is no member yet."
        except NoPreview as error:
            return HttpResponse(str(error), content_type="text/plain; charset=utf-8")
        shown = HttpResponse(html)
        shown["X-Frame-Options"] = "SAMEORIGIN"
        return shown


class CampaignViewSet(SnippetViewSet):
    """Campaigns in the staff site."""

    model = Campaign
    icon = "mail"
    menu_label = _("All campaigns")
    add_to_admin_menu = False
    edit_handler = PANELS
    inspect_view_enabled = True
    index_view_class = CampaignIndexView
    inspect_view_class = CampaignPage
    edit_view_class = CampaignEditView
    workflow_action_view_class = CampaignWorkflowAction
    preview_on_edit_view_class = CampaignPreview
    search_fields = ["name", "group"]
    list_filter = ["state", "kind", "topic", "group"]
    list_per_page = 40
    list_display = [
        TitleColumn("name", label=_("Name"), url_name=f"{NAMESPACE}:inspect", sort_key="name"),
        StatusTagColumn(
            "state",
            label=_("State"),
            accessor=state_word,
            primary=lambda campaign: campaign.state == Campaign.State.SENDING,
        ),
        Column("next", label=_("Next"), accessor=next_step),
        NumberColumn("sent", label=_("Sent"), accessor="sent"),
        Column(
            "send_at",
            label=_("Start"),
            accessor=moment,
            sort_key="send_at",
            classname="on-wide",
        ),
    ]


def list_buttons(campaign: Campaign) -> list[Button]:
    """What the list offers for one campaign beyond editing it."""
    buttons = [
        Button(move.label, url=move_url(campaign, move.name), icon_name=move.icon, priority=30)
        for move in open_moves(campaign)
    ]
    buttons.append(Button("Preview", url=preview_url(campaign), icon_name="view", priority=25))
    return buttons


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


def _progress(campaign: Campaign) -> list[tuple[str, int, str]]:
    counts = lifecycle.progress(campaign)
    return _in_words(counts, {"accepted": "sent", "planned": "to go", "held_out": "held out"})


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
