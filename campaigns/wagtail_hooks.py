"""Campaigns and segments in Wagtail: menus, routes, and what happens after an edit."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path, reverse_lazy
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSetGroup

from campaigns import approval, report_hooks  # noqa: F401  # registers the report screens
from campaigns.models import Campaign, Segment
from campaigns.staff import counting, moves, previews, sender_domains, stopping, unknowns
from campaigns.staff.campaigns import CampaignViewSet, list_buttons
from campaigns.staff.home import CampaignsPanel
from campaigns.staff.overview import STARTED, ProgressFragment
from campaigns.staff.screens import LOOK
from campaigns.staff.segments import SegmentViewSet
from campaigns.staff.sending import DomainLimitViewSet, SendingRulesViewSet
from campaigns.staff.urls import overview_url
from loyalty.models import Offer
from profiles.models import User

EDITABLE = [Campaign.State.DRAFT, Campaign.State.SCHEDULED, Campaign.State.OVERDUE]
MENU_HOOK = "register_campaigns_menu_item"


class CampaignsGroup(SnippetViewSetGroup):
    """The menu of marketers."""

    items = (CampaignViewSet, SegmentViewSet, SendingRulesViewSet, DomainLimitViewSet)
    submenu_hook = MENU_HOOK
    menu_icon = "mail"
    menu_label = _("Campaigns")
    menu_name = "campaigns"
    menu_order = 110


register_snippet(CampaignsGroup)


class SenderDomainsItem(MenuItem):
    """The way to the sender domains, for those who may look at campaigns."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether the person may follow it."""
        return request.user.has_perm(LOOK)


@hooks.register(MENU_HOOK)
def sender_domains_item() -> SenderDomainsItem:
    """Below the rules for sending."""
    url = reverse_lazy("campaigns_staff:sender_domains")
    label = _("Sender domains")
    return SenderDomainsItem(label, url, name="sender-domains", icon_name="globe", order=10)


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    """Screens beyond Wagtail's own."""
    routes = [
        path("<int:pk>/as-member/", previews.preview_as, name="preview"),
        path("<int:pk>/as-member/<int:member_id>/", previews.mail_html, name="preview_html"),
        path("<int:pk>/progress/", ProgressFragment.as_view(), name="progress"),
        path("<int:pk>/unknown/", unknowns.Unknowns.as_view(), name="unknowns"),
        path("<int:pk>/unknown/decide/", unknowns.Decide.as_view(), name="decide"),
        path("<int:pk>/<slug:name>/", moves.move, name="move"),
        path("stop/", stopping.Stop.as_view(), name="stop"),
        path("release/", stopping.Release.as_view(), name="release"),
        path("sender-domains/", sender_domains.SenderDomains.as_view(), name="sender_domains"),
        path("count/", counting.count_members, name="count"),
    ]
    return [path("campaigns/", include((routes, "campaigns_staff")))]


@hooks.register("insert_global_admin_css")
def styles() -> str:
    """The few rules that Wagtail's own lists and panels need."""
    return format_html('<link rel="stylesheet" href="{}">', static("campaigns/staff.css"))


@hooks.register("construct_homepage_panels")
def campaigns_first(request: HttpRequest, panels: list[Any]) -> None:
    """Put campaigns on top of Wagtail's first page."""
    if request.user.has_perm("campaigns.view_campaign"):
        panels.append(CampaignsPanel(request))


@hooks.register("before_edit_snippet")
def leave_what_has_started(request: HttpRequest, instance: Any) -> HttpResponse | None:
    """A campaign that has started cannot be edited: its mails are written already."""
    if isinstance(instance, Campaign) and instance.state in STARTED:
        messages.warning(request, f"“{instance}” has started; copy it to change it.")
        return redirect(overview_url(instance))
    return None


@hooks.register("after_create_snippet")
def record_who_began(request: HttpRequest, instance: Any) -> None:
    """Whoever makes a campaign has a hand in it; the editor records who goes on with it."""
    if isinstance(request.user, User) and isinstance(instance, Campaign):
        approval.record_edit(instance, request.user)


@hooks.register("after_edit_snippet")
def record_who_changed_its_parts(request: HttpRequest, instance: Any) -> None:
    """Whoever saves a segment or an offer has a hand in the campaigns made of it."""
    if isinstance(request.user, User):
        for campaign in _touched(instance):
            approval.record_edit(campaign, request.user)


@hooks.register("construct_snippet_action_menu")
def publish_by_approval_only(
    menu_items: list[Any], _request: HttpRequest, context: dict[str, Any]
) -> None:
    """A campaign goes live by a second person's approval, never by a button."""
    if context.get("model") is Campaign or isinstance(context.get("instance"), Campaign):
        unwanted = ("action-publish", "action-unpublish")
        menu_items[:] = [item for item in menu_items if item.name not in unwanted]


@hooks.register("register_snippet_listing_buttons")
def campaign_buttons(snippet: Any, user: User, _next_url: str | None = None) -> list[Any]:
    """Preview, schedule, pause, resume, cancel."""
    may_act = isinstance(snippet, Campaign) and user.has_perm("campaigns.change_campaign")
    return list_buttons(snippet) if may_act else []


def _touched(instance: Any) -> Iterable[Campaign]:
    editable: QuerySet[Campaign] = Campaign.objects.filter(state__in=EDITABLE)
    if isinstance(instance, Segment):
        return editable.filter(Q(segment=instance) | Q(excluded_segment=instance))
    if isinstance(instance, Offer):
        return editable.filter(campaign_offers__offer=instance)
    return []
