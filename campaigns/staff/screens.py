"""What the screens about one campaign share: who may look, and the way back."""

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from campaigns.staff.urls import NAMESPACE, overview_url
from profiles.views import screens
from profiles.views.screens import WhyForm

__all__ = ["CHANGE", "LOOK", "LOOK_AT_MEMBERS", "CampaignScreen", "Screen", "WhyForm"]

LOOK = "campaigns.view_campaign"
CHANGE = "campaigns.change_campaign"
LOOK_AT_MEMBERS = "profiles.view_member"


class Screen(screens.Screen):
    """A page about campaigns, for those who hold all of ``permissions``."""

    header_icon = "mail"
    permissions: tuple[str, ...] = (LOOK,)

    def crumbs(self) -> list[tuple[str, str]]:
        """All campaigns, and what stands between them and this page."""
        return [(reverse(f"{NAMESPACE}:list"), str(_("Campaigns")))]


class CampaignScreen(Screen):
    """A page about the campaign that the address names."""

    @cached_property
    def campaign(self) -> Campaign:
        """The campaign."""
        campaigns = Campaign.objects.select_related("brand", "topic")
        found: Campaign = get_object_or_404(campaigns, pk=self.kwargs["pk"])
        return found

    def crumbs(self) -> list[tuple[str, str]]:
        """The campaign's own page."""
        return [*super().crumbs(), (overview_url(self.campaign), str(self.campaign))]
