"""What the screens about one campaign share: who may look, and the way back."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from campaigns.models import Campaign
from campaigns.staff.urls import NAMESPACE, overview_url
from campaigns.switch import LONGEST_WHY

LOOK = "campaigns.view_campaign"
CHANGE = "campaigns.change_campaign"
LOOK_AT_MEMBERS = "profiles.view_member"


class WhyForm(forms.Form):
    """What a person who decides must say, for those who come after."""

    why = forms.CharField(
        label=_("Why"),
        max_length=LONGEST_WHY,
        help_text=_("It stays on record with your name."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class Screen(WagtailAdminTemplateMixin, View):
    """A page for those who hold all of ``permissions``."""

    header_icon = "mail"
    permissions: tuple[str, ...] = (LOOK,)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse whoever may not look; Wagtail turns that into a message."""
        if not request.user.has_perms(self.permissions):
            raise PermissionDenied
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Show the page."""
        return self.shown()

    def shown(self, **context: Any) -> HttpResponse:
        """The page with this context, never kept by anyone's cache."""
        answer: HttpResponse = self.render_to_response(self.get_context_data(**context))
        answer["Cache-Control"] = "private, no-store"
        return answer

    def crumbs(self) -> list[tuple[str, str]]:
        """Address and words of what stands between all campaigns and this page."""
        return []

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Home, all campaigns, and where one is."""
        trail = [(reverse(f"{NAMESPACE}:list"), _("Campaigns")), *self.crumbs()]
        items = [{"url": url, "label": label} for url, label in trail]
        last = {"url": "", "label": self.get_page_title(), "sublabel": self.get_page_subtitle()}
        return [*super().get_breadcrumbs_items(), *items, last]


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
        return [(overview_url(self.campaign), str(self.campaign))]
