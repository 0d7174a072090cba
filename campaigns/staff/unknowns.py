"""Deliveries of unknown fate: what that means, which they are, and what to do about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from campaigns import unknowns
from campaigns.models import Campaign, Delivery, UnknownDecision
from campaigns.staff.durations import counted
from campaigns.staff.screens import CHANGE, LOOK, LOOK_AT_MEMBERS, CampaignScreen, WhyForm
from campaigns.staff.urls import decide_url, unknowns_url

PER_PAGE = 50
Decision = UnknownDecision.Decision
# What is known about each, by reason.
CAUSES = {
    "worker_lost": "The sending process ended while this mail was being handed over.",
    "dropped_after_body": "The connection broke after the whole mail was sent, before the answer.",
    "no_answer": "The mail provider was asked to send it and did not answer.",
}
BUTTONS = {
    Decision.SEND_AGAIN: "Send again",
    Decision.LEAVE: "Leave as they are",
    Decision.DECLARE_LOST: "Declare the worker lost",
}


@dataclass(frozen=True)
class UnknownsAndStranded:
    """How many wait for somebody's decision."""

    unknown: int
    stranded: int

    @classmethod
    def of(cls, campaign: Campaign, counts: Mapping[str, int]) -> "UnknownsAndStranded":
        """Asks only for what ``counts`` (deliveries by state) says there may be."""
        has = {state for state, number in counts.items() if number}
        unknown = unknowns.open_unknowns(campaign).count() if "unknown" in has else 0
        lost = unknowns.stranded(campaign, timezone.now()).count() if "handing_off" in has else 0
        return cls(unknown, lost)

    @property
    def total(self) -> int:
        """All of them."""
        return self.unknown + self.stranded


class Unknowns(CampaignScreen):
    """The list, with the decisions made so far."""

    page_title = _("Unknown mails")
    header_icon = "help"
    permissions = (LOOK, LOOK_AT_MEMBERS)
    template_name = "campaigns/staff/unknowns.html"

    def get_page_subtitle(self) -> str:
        """Which campaign it is about."""
        return str(self.campaign)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The open ones page by page; those left aside are told by the decisions."""
        campaign = self.campaign
        rows = unknowns.open_unknowns(campaign).select_related("member__account__brand")
        page = Paginator(rows.order_by("pk"), PER_PAGE).get_page(self.request.GET.get("p"))
        decisions = campaign.decisions.select_related("decided_by").order_by("-decided_at", "-pk")
        context: dict[str, Any] = super().get_context_data(
            campaign=campaign,
            page=page,
            rows=[(delivery, cause(delivery)) for delivery in page],
            stranded=unknowns.stranded(campaign, timezone.now()).count(),
            decisions=decisions[:PER_PAGE],
            may_decide=self.request.user.has_perm(CHANGE),
            may_send_again=campaign.state != Campaign.State.CANCELLED,
            decide_url=decide_url(campaign),
            **kwargs,
        )
        return context


class Decide(CampaignScreen):
    """Asks for the reason, naming what will happen to how many; on POST, decides."""

    header_icon = "help"
    permissions = (LOOK, LOOK_AT_MEMBERS, CHANGE)
    template_name = "campaigns/staff/decide.html"

    @cached_property
    def decision(self) -> str:
        """What is to be decided."""
        said = self.request.POST.get("decision") or self.request.GET.get("decision", "")
        if said not in BUTTONS:
            raise Http404
        if said == Decision.SEND_AGAIN and self.campaign.state == Campaign.State.CANCELLED:
            raise PermissionDenied
        return said

    @cached_property
    def chosen(self) -> list[int] | None:
        """The deliveries that were ticked; None means all of them."""
        data = self.request.POST or self.request.GET
        if data.get("all") or self.decision == Decision.DECLARE_LOST:
            return None
        return [int(pk) for pk in data.getlist("delivery") if pk.isdigit() and len(pk) < 18]

    @cached_property
    def number(self) -> int:
        """About how many it is, now."""
        if self.decision == Decision.DECLARE_LOST:
            return unknowns.stranded(self.campaign, timezone.now()).count()
        rows = unknowns.open_unknowns(self.campaign)
        return rows.count() if self.chosen is None else rows.filter(pk__in=self.chosen).count()

    def get_page_title(self) -> str:
        """The decision."""
        return BUTTONS[Decision(self.decision)]

    def crumbs(self) -> list[tuple[str, str]]:
        """The campaign and its unknown mails."""
        return [*super().crumbs(), (unknowns_url(self.campaign), str(Unknowns.page_title))]

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Ask."""
        if not self.number:
            messages.warning(self.request, "Nothing was chosen, or it has been settled meanwhile.")
            return redirect(unknowns_url(self.campaign))
        return self.shown(form=WhyForm())

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Decide, if it is still about as many as were named."""
        form = WhyForm(request.POST)
        if request.POST.get("number") != str(self.number):
            messages.warning(request, "It is about another number of mails now; please look again.")
            return self.get(request)
        if not form.is_valid():
            return self.shown(form=form)
        done = self._decide(form.cleaned_data["why"])
        messages.success(request, _said(Decision(self.decision), done))
        return redirect(unknowns_url(self.campaign))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What will happen, and the form."""
        context: dict[str, Any] = super().get_context_data(
            campaign=self.campaign,
            decision=self.decision,
            number=self.number,
            chosen=self.chosen or [],
            takes_all=self.chosen is None,
            effects=effects(self.campaign, Decision(self.decision), self.number),
            button=f"Yes, {BUTTONS[Decision(self.decision)].lower()}",
            back_url=unknowns_url(self.campaign),
            **kwargs,
        )
        return context

    def _decide(self, why: str) -> int:
        who: Any = self.request.user
        if self.decision == Decision.DECLARE_LOST:
            return unknowns.declare_lost(self.campaign, who, why, timezone.now())
        act = unknowns.send_again if self.decision == Decision.SEND_AGAIN else unknowns.leave
        return act(self.campaign, who, why, self.chosen)


def cause(delivery: Delivery) -> str:
    """Why nobody knows what became of it, with what the server said, if anything."""
    known = CAUSES.get(delivery.reason, delivery.reason.replace("_", " ").capitalize())
    return f"{known} {delivery.detail}".strip()


def effects(campaign: Campaign, decision: UnknownDecision.Decision, number: int) -> list[str]:
    """What a decision does to how many, sentence by sentence."""
    mails = counted(number, "mail")
    if decision == Decision.LEAVE:
        return [
            f"{mails} will not be tried again by us.",
            "Whoever did not get theirs will never get it.",
            "If the mail provider reports what happened to one, it is still settled by that.",
        ]
    if decision == Decision.DECLARE_LOST:
        return [
            f"{mails} that a worker was handing over become unknown.",
            "Do this only when you know that it will not come back.",
            "It alone could still say what it sent.",
            "After that you decide whether they are sent again.",
        ]
    paused = campaign.state == Campaign.State.PAUSED
    return [
        f"{mails} will be sent once more{' when the campaign is resumed' if paused else ''}.",
        "Whoever got theirs the first time gets it twice.",
        "Consent is looked at again before each goes.",
    ]


def _said(decision: UnknownDecision.Decision, done: int) -> str:
    endings = {
        Decision.SEND_AGAIN: "will be sent again.",
        Decision.LEAVE: "stay as they are." if done != 1 else "stays as it is.",
        Decision.DECLARE_LOST: "are unknown now." if done != 1 else "is unknown now.",
    }
    return f"{counted(done, 'mail')} {endings[decision]}"
