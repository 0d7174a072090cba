"""The red button: stop all sending, and let it go on."""

from typing import Any, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from campaigns import switch
from campaigns.models import OPEN_STATES, Campaign, Delivery, SendingSwitch
from campaigns.staff.durations import counted
from campaigns.staff.screens import CHANGE, Screen, WhyForm
from campaigns.staff.urls import NAMESPACE
from profiles.models import User


class Stop(Screen):
    """Asks for the reason, naming what stops; on POST, stops all sending."""

    page_title = _("Stop all sending")
    header_icon = "warning"
    permissions = (CHANGE,)
    template_name = "campaigns/staff/stop.html"
    button = _("Yes, stop all sending")
    done = "All sending is stopped. Mails that a worker holds right now may still go."
    act = staticmethod(switch.stop)

    @cached_property
    def standing(self) -> SendingSwitch | None:
        """Who stopped it, while it is stopped."""
        return switch.stopped()

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Ask, unless it is so already."""
        if self.is_so():
            messages.warning(self.request, self.already())
            return redirect(reverse(f"{NAMESPACE}:list"))
        return self.shown(form=WhyForm())

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Do it, with the reason."""
        form = WhyForm(request.POST)
        if not form.is_valid():
            return self.shown(form=form)
        try:
            self.act(cast("User", request.user), form.cleaned_data["why"])
        except switch.NotPossible as error:
            messages.error(request, str(error))
        else:
            messages.success(request, self.done)
        return redirect(reverse(f"{NAMESPACE}:list"))

    def is_so(self) -> bool:
        """Whether there is nothing to do."""
        return self.standing is not None

    def already(self) -> str:
        """Why there is nothing to do."""
        return f"All sending is stopped already, by {self.standing and self.standing.moved_by}."

    def effects(self) -> list[str]:
        """What it does to how many."""
        campaigns, mails = under_way()
        scheduled = Campaign.objects.filter(state=Campaign.State.SCHEDULED).count()
        waiting = f"{counted(scheduled, 'scheduled campaign')} will not start."
        return [
            f"{counted(campaigns, 'campaign')} will stop, with {counted(mails, 'mail')} to go.",
            *([waiting] if scheduled else []),
            "What a worker holds right now may still go: about a second's worth of mails.",
            "Nothing is lost. Everything goes on where it stood once somebody releases it.",
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The consequences and the form."""
        context: dict[str, Any] = super().get_context_data(
            effects=self.effects(),
            button=self.button,
            is_serious=type(self) is Stop,
            back_url=reverse(f"{NAMESPACE}:list"),
            **kwargs,
        )
        return context


class Release(Stop):
    """Asks for the reason, naming what goes on; on POST, lets it go on."""

    page_title = _("Release all sending")
    header_icon = "rotate"
    button = _("Yes, release all sending")
    done = "Sending goes on where it stood."
    act = staticmethod(switch.release)

    def is_so(self) -> bool:
        """Whether nothing is stopped."""
        return self.standing is None

    def already(self) -> str:
        """Why there is nothing to release."""
        return "Sending is not stopped."

    def effects(self) -> list[str]:
        """What it does to how many."""
        campaigns, mails = under_way()
        return [
            f"{counted(campaigns, 'campaign')} will go on, with {counted(mails, 'mail')} to go.",
            "Scheduled campaigns start when their time comes.",
            "One whose time passed long ago asks first.",
        ]


def under_way() -> tuple[int, int]:
    """Campaigns that are being sent, and their mails that have not gone."""
    rows = Delivery.objects.filter(state__in=OPEN_STATES, campaign__state=Campaign.State.SENDING)
    campaigns = rows.order_by().values_list("campaign", flat=True).distinct()
    return len(campaigns), rows.count()
