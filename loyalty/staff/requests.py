"""What was asked of the service desk: the list of what waits, and deciding as a second person."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from loyalty import service_desk
from loyalty.counter import NotRecordable
from loyalty.ledger import NotEnoughPoints
from loyalty.models import ServiceRequest
from loyalty.staff import may
from loyalty.staff.screens import LONGEST_WHY, BrandScreen, Screen
from loyalty.staff.urls import here
from loyalty.voucher_issuing import NotReissuable

PER_PAGE = 50
CANNOT = (NotEnoughPoints, NotRecordable, NotReissuable, service_desk.AlreadyCredited)


class Requests(BrandScreen):
    """What waits for a second person, oldest first; below, what was decided lately."""

    page_title = gettext_lazy("Requests")
    header_icon = "tasks"
    permissions = (may.LOOK_AT_REQUESTS, may.LOOK_AT_MEMBERS)
    template_name = "loyalty/staff/requests.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Both lists."""
        waiting = service_desk.waiting(self.brand)
        done = ServiceRequest.objects.filter(brand=self.brand).exclude(state="waiting")
        people = done.select_related("requested_by", "decided_by", "member")
        context: dict[str, Any] = super().get_context_data(
            page=Paginator(waiting, PER_PAGE).get_page(self.request.GET.get("p")),
            done=people.order_by("-decided_at", "-pk")[:PER_PAGE],
            **kwargs,
        )
        return context


class NoteForm(forms.Form):
    """What whoever decides says; a refusal needs it."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=LONGEST_WHY,
        required=False,
        help_text=gettext_lazy("It stays on record with your name. A refusal needs one."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class Decide(Screen):
    """One request: what would happen, and the decision of a second person."""

    page_title = gettext_lazy("Request")
    header_icon = "tasks"
    permissions = (may.LOOK_AT_REQUESTS, may.LOOK_AT_MEMBERS)
    template_name = "loyalty/staff/request.html"

    @cached_property
    def request_made(self) -> ServiceRequest:
        """The request that the address names."""
        rows = ServiceRequest.objects.select_related(
            "account__brand", "member", "requested_by", "decided_by", "store", "voucher", "entry"
        )
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def crumbs(self) -> list[tuple[str, str]]:
        """All requests."""
        return [(here("requests"), str(Requests.page_title))]

    def get_page_subtitle(self) -> str:
        """What was asked for."""
        return self.request_made.get_kind_display()

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Show it."""
        return self.shown(form=NoteForm())

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Decide; who may is settled by the service desk."""
        form = NoteForm(request.POST)
        if not form.is_valid():
            return self.shown(form=form)
        note = form.cleaned_data["note"]
        if request.POST.get("decision") != "approve" and not note:
            form.add_error("note", _("Say why you refuse."))
            return self.shown(form=form)
        try:
            self._decide(request.POST.get("decision") == "approve", note)
        except service_desk.AlreadyDecided:
            messages.error(request, _("Somebody else decided before."))
        except CANNOT as error:
            told = str(error) or _("There are fewer points than that.")
            messages.error(request, _("It cannot be done any more: %(why)s") % {"why": told})
            return redirect(request.path)
        return redirect(here("requests"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What was asked, and whether this person may decide."""
        asked = self.request_made
        context: dict[str, Any] = super().get_context_data(
            asked=asked,
            holder=asked.member or asked.account.members.order_by("pk").first(),
            may_decide=service_desk.may_decide(asked, self.who),
            is_own=asked.requested_by_id == self.who.pk,
            back_url=here("requests"),
            **kwargs,
        )
        return context

    def _decide(self, yes: bool, note: str) -> None:
        decide = service_desk.approve if yes else service_desk.refuse
        decide(self.request_made, self.who, note)
        messages.success(self.request, _("It was done.") if yes else _("It was refused."))
