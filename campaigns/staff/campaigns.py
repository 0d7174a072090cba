"""Campaigns in the staff site: the list, each with its state and what has to happen next."""

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, NumberColumn, StatusTagColumn, TitleColumn
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.snippets.views.snippets import IndexView, SnippetViewSet

from campaigns import switch
from campaigns.models import Campaign, Delivery
from campaigns.staff.editor import (
    PANELS,
    CampaignEditView,
    CampaignPreview,
    CampaignWorkflowAction,
)
from campaigns.staff.overview import CampaignPage
from campaigns.staff.screens import CHANGE
from campaigns.staff.steps import moment, next_step, open_moves, state_word
from campaigns.staff.urls import NAMESPACE, move_url, preview_url


class CampaignIndexView(IndexView):
    """Campaigns, the newest first, each with its state and what has to happen next."""

    default_ordering = "-created_at"

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """Adding one, and the red button for those who may push it."""
        buttons = list(super().header_buttons)
        if self.request.user.has_perm(CHANGE) and not switch.stopped():
            url = reverse("campaigns_staff:stop")
            label = _("Stop all sending")
            buttons.append(HeaderButton(label, url, "stop-button", "warning", priority=2000))
        return buttons

    def get_base_queryset(self) -> QuerySet[Campaign]:
        """Each with the number of its accepted mails, counted for those on the page only."""
        accepted = Delivery.objects.filter(campaign=OuterRef("pk"), state="accepted").order_by()
        sent = accepted.values("campaign").annotate(number=Count("*")).values("number")
        campaigns: QuerySet[Campaign] = Campaign.objects.select_related("brand", "topic")
        counted: QuerySet[Campaign] = campaigns.annotate(sent=Coalesce(Subquery(sent), 0))
        return counted


class CampaignViewSet(SnippetViewSet):
    """Campaigns in the staff site."""

    model = Campaign
    icon = "mail"
    menu_label = _("All campaigns")
    add_to_admin_menu = False
    edit_handler = PANELS
    index_template_name = "campaigns/staff/index.html"
    create_template_name = "campaigns/staff/create.html"
    edit_template_name = "campaigns/staff/edit.html"
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
