"""Rewards that wait until staff hand them out: the list, and confirming or cancelling one."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from loyalty import rewards
from loyalty.models import Redemption
from loyalty.staff import may
from loyalty.staff.screens import BrandScreen, Screen, WhyForm
from loyalty.staff.urls import here

PER_PAGE = 50
State = Redemption.State


class Redemptions(BrandScreen):
    """What waits to be handed out, oldest first; below, what was settled lately."""

    page_title = gettext_lazy("Redemptions")
    header_icon = "clipboard-list"
    permissions = (may.LOOK_AT_REDEMPTIONS, may.LOOK_AT_MEMBERS)
    template_name = "loyalty/staff/redemptions.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Both lists."""
        rows = Redemption.objects.filter(reward__brand=self.brand).select_related(
            "reward", "member", "amount", "fulfilled_by", "cancelled_by"
        )
        waiting = rows.filter(state=State.REQUESTED).order_by("occurred_at", "pk")
        settled = rows.exclude(state=State.REQUESTED)
        context: dict[str, Any] = super().get_context_data(
            page=Paginator(waiting, PER_PAGE).get_page(self.request.GET.get("p")),
            done=settled.order_by("-occurred_at", "-pk")[:PER_PAGE],
            **kwargs,
        )
        return context


class SettleRedemption(Screen):
    """One redemption: hand it out, or cancel it and give the points back."""

    page_title = gettext_lazy("Redemption")
    header_icon = "clipboard-list"
    permissions = (may.LOOK_AT_REDEMPTIONS, may.LOOK_AT_MEMBERS)
    template_name = "loyalty/staff/redemption.html"

    @cached_property
    def redemption(self) -> Redemption:
        """The one that the address names."""
        rows = Redemption.objects.select_related(
            "reward", "member", "voucher", "fulfilled_by", "cancelled_by"
        )
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def crumbs(self) -> list[tuple[str, str]]:
        """All of them."""
        return [(here("redemptions"), str(Redemptions.page_title))]

    def get_page_subtitle(self) -> str:
        """Which reward."""
        return str(self.redemption.reward)

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Show it."""
        return self.shown(form=WhyForm())

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Hand it out, or cancel it with a reason."""
        if not request.user.has_perm(may.HAND_OUT):
            raise PermissionDenied
        try:
            if request.POST.get("decision") == "confirm":
                rewards.fulfil(self.redemption, self.who)
                messages.success(request, _("It was handed out and the points were spent."))
                return redirect(here("redemptions"))
            form = WhyForm(request.POST)
            if not form.is_valid():
                return self.shown(form=form)
            rewards.cancel(self.redemption, self.who, form.cleaned_data["why"])
        except rewards.OutOfStock:
            messages.error(request, _("No voucher is left to give. Fill the pool of its offer."))
            return redirect(request.path)
        except (rewards.NotOpen, rewards.VoucherInUse, rewards.RewardRefused) as error:
            messages.error(request, str(error))
            return redirect(request.path)
        messages.success(request, _("It was cancelled and the points are back."))
        return redirect(here("redemptions"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What was promised, and what this person may do."""
        taken = self.redemption
        context: dict[str, Any] = super().get_context_data(
            taken=taken,
            worth=f"{taken.value_minor / 100:,.2f} {taken.currency}" if taken.value_minor else "",
            may_settle=self.request.user.has_perm(may.HAND_OUT) and taken.state != State.CANCELLED,
            back_url=here("redemptions"),
            **kwargs,
        )
        return context
