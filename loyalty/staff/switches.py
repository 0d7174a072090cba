"""Where a switch-over from another system stands: its files, its totals, and two signatures."""

import io
from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from loyalty import switch_over
from loyalty.models import SwitchOver
from loyalty.staff import may
from loyalty.staff.screens import BrandScreen, Screen
from loyalty.staff.urls import here


class Switches(BrandScreen):
    """Every go at it, the youngest first; figures only, nothing of a member."""

    page_title = gettext_lazy("Switch-over")
    header_icon = "download"
    permissions = (may.LOOK_AT_SWITCH,)
    template_name = "loyalty/staff/switches.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The goes, with what we hold of each."""
        rows = SwitchOver.objects.filter(brand=self.brand).prefetch_related("files")
        goes = rows.select_related("signed_by", "second").order_by("-started_at", "-pk")
        context: dict[str, Any] = super().get_context_data(
            goes=[(go, _totals(go)) for go in goes],
            may_sign=self.who.has_perm(may.SIGN_SWITCH),
            **kwargs,
        )
        return context


class ControlForm(forms.Form):
    """The other system's totals."""

    control = forms.FileField(
        label=gettext_lazy("Control file"),
        help_text=gettext_lazy("The other system's totals, CSV: what, which, amount."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )


class SignSwitch(Screen):
    """Compares with the control file; the first signs what agrees, a second person ends it."""

    page_title = gettext_lazy("Compare and sign off")
    header_icon = "download"
    permissions = (may.LOOK_AT_SWITCH, may.SIGN_SWITCH)
    template_name = "loyalty/staff/sign_switch.html"

    @cached_property
    def go(self) -> SwitchOver:
        """The one that the address names, while it is open."""
        goes = SwitchOver.objects.select_related("brand", "signed_by")
        return get_object_or_404(goes, pk=self.kwargs["pk"], state=SwitchOver.State.OPEN)

    @property
    def back_url(self) -> str:
        """All of them."""
        return f"{here('switches')}?brand={self.go.brand_id}"

    def crumbs(self) -> list[tuple[str, str]]:
        """All of them."""
        return [(self.back_url, str(Switches.page_title))]

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Ask for the file."""
        return self.shown(form=ControlForm())

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Compare, sign, or sign as the second person: as the button said."""
        if request.POST.get("act") == "countersign":
            return self._countersign()
        form = ControlForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.shown(form=form)
        lines = io.TextIOWrapper(form.cleaned_data["control"], encoding="utf-8-sig", newline="")
        try:
            return self._compared(form, lines, signs=request.POST.get("act") == "sign")
        except switch_over.NotReconciled as error:
            return self.shown(form=form, differences=error.args[0])
        except (switch_over.NotOpen, ValueError) as error:
            form.add_error("control", str(error))
            return self.shown(form=form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What we hold, and who has signed."""
        context: dict[str, Any] = super().get_context_data(
            go=self.go,
            totals=_totals(self.go),
            has_changed=bool(self.go.signed_by_id)
            and self.go.figures != switch_over.figures(self.go),
            is_own=self.go.signed_by_id == self.who.pk,
            back_url=self.back_url,
            **kwargs,
        )
        return context

    def _compared(
        self, form: ControlForm, lines: Iterable[str], *, signs: bool
    ) -> HttpResponseBase:
        if not signs:
            differences = switch_over.reconcile(self.go, lines)
            return self.shown(form=form, differences=differences, agrees=not differences)
        switch_over.sign(self.go, self.who, lines)
        messages.success(self.request, _("You have signed. A second person has to sign, too."))
        return redirect(self.back_url)

    def _countersign(self) -> HttpResponseBase:
        try:
            switch_over.countersign(self.go, self.who)
        except (switch_over.NotOpen, ValueError) as error:
            messages.error(self.request, str(error))
            return self.shown(form=ControlForm())
        messages.success(self.request, _("The switch-over is signed off."))
        return redirect(self.back_url)


def _totals(go: SwitchOver) -> list[tuple[str, int]]:
    """What was signed off, or what an open one holds now."""
    if go.state == SwitchOver.State.SIGNED_OFF:
        return sorted((name, int(amount)) for name, amount in go.figures.items())
    if go.state == SwitchOver.State.UNDONE:
        return []
    return list(switch_over.figures(go).items())
