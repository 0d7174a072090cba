"""Giving or taking points by hand, and undoing an entry: each asks first, naming how many."""

from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from loyalty import corrections, service_desk
from loyalty.corrections import Effect, NotUndoable
from loyalty.idempotency import KeyReused
from loyalty.ledger import NotEnoughPoints
from loyalty.ledger.lots import current
from loyalty.models import Entry, LoyaltyRules, Redemption, ServiceRequest
from loyalty.staff import may
from loyalty.staff.ledger_lines import balances, lines
from loyalty.staff.member_ledger import MemberAct
from loyalty.staff.screens import WhyForm
from loyalty.staff.urls import ledger_url
from loyalty.voucher_codes import grouped

MOST_POINTS = 10_000_000


class AdjustForm(WhyForm):
    """How many points, and why. The key makes a second click the same request."""

    points = forms.IntegerField(
        label=gettext_lazy("Points"),
        min_value=-MOST_POINTS,
        max_value=MOST_POINTS,
        help_text=gettext_lazy("Write a minus to take points: -50."),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ["points", "why", "key"]

    def clean_points(self) -> int:
        """Something has to change."""
        points: int = self.cleaned_data["points"]
        if not points:
            raise forms.ValidationError(_("Nothing would change."))
        return points


class Adjust(MemberAct):
    """Gives points as goodwill, or takes some; above the limits it waits for a second person."""

    page_title = gettext_lazy("Give or take points")
    header_icon = "plus-inverse"
    permissions = (*MemberAct.permissions, may.ASK)

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Ask."""
        return self.shown(form=AdjustForm(initial={"key": uuid4()}))

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Do it, or put it before a second person."""
        form = AdjustForm(request.POST)
        if not form.is_valid():
            return self.shown(form=form)
        data = form.cleaned_data
        asked = service_desk.Asked(self.who, data["why"], f"desk:{data['key']}")
        try:
            done = service_desk.adjust_points(asked, self.member.account, data["points"])
        except NotEnoughPoints:
            form.add_error("points", _("There are fewer points than that."))
            return self.shown(form=form)
        except KeyReused:
            form.add_error(None, _("This form was sent before with other words. Open it again."))
            return self.shown(form=form)
        tell(request, done)
        return redirect(ledger_url(self.member))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What will happen, and the form."""
        limit = LoyaltyRules.of(self.member.account.brand).adjustment_limit
        context: dict[str, Any] = super().get_context_data(
            about=str(self.member),
            effects=[
                _("Points count for the whole household of the card."),
                _("Above %(limit)s points, or above what you may give in a day, a second person "
                  "has to approve it first.") % {"limit": f"{limit:,}"},
                _("Members read that their points were given or corrected by our service, and "
                  "not what you write here."),
            ],
            button=_("Book it"),
            back_url=ledger_url(self.member),
            **kwargs,
        )  # fmt: skip
        return context


class UndoForm(WhyForm):
    """Why, and what the person was told would happen."""

    told = forms.CharField(widget=forms.HiddenInput)


class Undo(MemberAct):
    """Takes an earning back, or gives a redemption back."""

    header_icon = "undo"
    permissions = (*MemberAct.permissions, may.UNDO)

    @cached_property
    def entry(self) -> Entry:
        """The entry, which has to be of the member's household."""
        entries = Entry.objects.select_related("wallet__account__brand")
        entry = get_object_or_404(entries, pk=self.kwargs["pk"])
        if current(entry.wallet).account_id != self.member.account_id:
            raise PermissionDenied
        return entry

    def get_page_title(self) -> str:
        """What is to be done."""
        gives = self.entry.kind == Entry.Kind.REDEEM
        return _("Give a redemption back") if gives else _("Take points back")

    @cached_property
    def effect(self) -> Effect:
        """What it would change. Raises NotUndoable."""
        return corrections.effect(self.entry, self.who)

    @property
    def told(self) -> str:
        """The effect, to see whether it is still the same when somebody says yes."""
        one = self.effect
        return f"{one.active},{one.pending},{one.held},{one.debt}"

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Ask, unless it cannot be done."""
        try:
            return self.shown(form=UndoForm(initial={"told": self.told}))
        except NotUndoable as error:
            return self._no(error)

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Do it, if it still does what was told."""
        form = UndoForm(request.POST)
        try:
            if request.POST.get("told") != self.told:
                messages.warning(request, _("It would do something else now; please look again."))
                return self.get(request)
            if not form.is_valid():
                return self.shown(form=form)
            corrections.undo(self.entry, self.who, form.cleaned_data["why"])
        except NotUndoable as error:
            return self._no(error)
        messages.success(request, _("It was undone."))
        return redirect(ledger_url(self.member))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What will happen to how many points, and the form."""
        wallet = self.entry.wallet
        line = lines(wallet, [self.entry.pk], balances(wallet))[0]
        context: dict[str, Any] = super().get_context_data(
            about=f"{self.member}: {line.title}",
            effects=list(_effects(self.entry, self.effect)),
            button=self.get_page_title(),
            is_serious=True,
            back_url=ledger_url(self.member),
            **kwargs,
        )
        return context

    def _no(self, error: NotUndoable) -> HttpResponseBase:
        messages.error(self.request, str(error))
        return redirect(ledger_url(self.member))


def _effects(entry: Entry, effect: Effect) -> list[str]:
    told = [
        _signed(effect.active, _("%(points)s more points can be spent."),
                _("%(points)s fewer points can be spent.")),
        _signed(effect.pending, _("%(points)s more points are on their way."),
                _("%(points)s fewer points are on their way.")),
        _signed(effect.held, _("%(points)s more points are set aside."),
                _("%(points)s fewer points are set aside.")),
        _signed(effect.debt, _("%(points)s points were spent already and will be owed."),
                _("%(points)s points are owed no longer.")),
    ]  # fmt: skip
    found = [sentence for sentence in told if sentence]
    if not found:
        found = [_("The points have lapsed meanwhile: nothing comes back to spend.")]
    if entry.qualifying:
        found.append(_("%(points)s points no longer count towards the tier.")
                     % {"points": f"{entry.qualifying:,}"})  # fmt: skip
    if Redemption.objects.filter(entry=entry).exists():
        found.append(_("The reward is cancelled: its item goes back, its voucher becomes void."))
    found.append(_("The entry stays; what undoes it is an entry of its own, with your name."))
    found.append(_("The member reads your reason in the statement."))
    return found


def _signed(points: int, more: str, fewer: str) -> str:
    told = more if points > 0 else fewer
    return told % {"points": f"{abs(points):,}"} if points else ""


def tell(request: HttpRequest, done: ServiceRequest) -> None:
    """Say what became of a request to the service desk."""
    if done.state == ServiceRequest.State.WAITING:
        why = done.get_second_for_display()
        messages.warning(request, _("It waits for a second person: %(why)s.") % {"why": why})
    elif done.kind == ServiceRequest.Kind.POINTS:
        points = f"{done.points:+,}"
        messages.success(request, _("Booked: %(points)s points.") % {"points": points})
    elif done.replacement:
        code = grouped(done.replacement.code)
        messages.success(request, _("The new code is %(code)s.") % {"code": code})
    else:
        messages.success(request, _("The purchase is recorded."))
