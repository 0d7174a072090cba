"""What a marketer wants to see first when signing in."""

from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from wagtail.admin.ui.components import Component
from wagtail.models import WorkflowState

from campaigns import switch
from campaigns.models import OPEN_STATES, Campaign, Delivery
from campaigns.staff.screens import CHANGE
from campaigns.staff.steps import next_step, state_word
from campaigns.staff.urls import overview_url

SHOWN = 6


class CampaignsPanel(Component):
    """Campaigns in trouble, waiting for approval, and under way, on Wagtail's first page."""

    name = "campaigns"
    template_name = "campaigns/staff/home.html"
    order = 50

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def get_context_data(self, _parent_context: Any = None) -> dict[str, Any]:
        """Three short lists; each campaign stands in the first that fits."""
        seen: set[int] = set()
        lists = []
        for title, campaigns in _lists():
            fresh = [campaign for campaign in campaigns if campaign.pk not in seen][:SHOWN]
            seen |= {campaign.pk for campaign in fresh}
            rows = [(c, overview_url(c), state_word(c), next_step(c)) for c in fresh]
            if rows:
                lists.append((title, rows))
        return {
            "lists": lists,
            "stop": switch.stopped(),
            "may_change": self.request.user.has_perm(CHANGE),
        }


def _lists() -> list[tuple[str, Any]]:
    newest = Campaign.objects.order_by("-created_at")
    asked = WorkflowState.objects.filter(status=WorkflowState.STATUS_IN_PROGRESS)
    ids = [int(pk) for pk in asked.values_list("object_id", flat=True) if pk.isdigit()]
    left = Exists(Delivery.objects.filter(campaign=OuterRef("pk"), state__in=OPEN_STATES))
    under_way = Q(state__in=["scheduled", "paused"]) | Q(left, state="sending")
    return [
        ("In trouble", newest.exclude(state_reason="").exclude(state="cancelled")),
        ("Waiting for approval", newest.filter(pk__in=ids, state="draft")),
        ("Under way", newest.filter(under_way)),
        ("Lately finished", newest.filter(~left, state="sending")),
    ]
