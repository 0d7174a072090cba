"""The service desk: a missing receipt, another voucher, a card, and why a till said no."""

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.widgets import AdminDateInput

from loyalty import service_desk, service_receipts
from loyalty.counter import NotRecordable
from loyalty.idempotency import KeyReused
from loyalty.models import ServiceLimits, Voucher
from loyalty.staff import may
from loyalty.staff.adjusting import tell
from loyalty.staff.member_ledger import MemberAct
from loyalty.staff.screens import Screen, WhyForm
from loyalty.staff.urls import here, ledger_url
from loyalty.voucher_codes import read_code
from loyalty.voucher_issuing import NotReissuable
from loyalty.voucher_refusals import why_refused
from profiles import cards
from profiles.cards import NotReplaceable
from profiles.models import Brand, Card, Store

SENT_BEFORE = gettext_lazy("This form was sent before with other words. Open it again.")


class ReceiptForm(WhyForm):
    """What stands on the paper. The key makes a second click the same request."""

    store = forms.ModelChoiceField(Store.objects.none(), label=gettext_lazy("Store"))
    day = forms.DateField(label=gettext_lazy("Day"), widget=AdminDateInput())
    number = forms.CharField(
        label=gettext_lazy("Number of the receipt"),
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    amount = forms.DecimalField(
        label=gettext_lazy("Sum"), min_value=0, max_digits=10, decimal_places=2
    )
    key = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ["store", "day", "number", "amount", "why", "key"]

    def __init__(self, brand: Brand, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores: Any = self.fields["store"]
        stores.queryset = Store.objects.filter(brand=brand).order_by("name")

    def clean_day(self) -> date:
        """A day that has begun."""
        day: date = self.cleaned_data["day"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("This day is still to come."))
        return day


class CreditReceipt(MemberAct):
    """Records a purchase that never came to the account; it earns by the rules of its day."""

    page_title = gettext_lazy("Credit a missing receipt")
    header_icon = "doc-full-inverse"
    permissions = (*MemberAct.permissions, may.ASK)

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Ask."""
        return self.shown(form=ReceiptForm(self._brand, initial={"key": uuid4()}))

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Do it, or put it before a second person."""
        form = ReceiptForm(self._brand, request.POST)
        if not form.is_valid():
            return self.shown(form=form)
        data = form.cleaned_data
        lines = service_receipts.only_total(int(data["amount"] * 100))
        receipt = service_receipts.Receipt(data["store"], data["day"], data["number"], lines)
        asked = service_desk.Asked(self.who, data["why"], f"desk:{data['key']}")
        try:
            done = service_desk.credit_receipt(asked, self.member, receipt)
        except KeyReused:
            form.add_error(None, SENT_BEFORE)
        except (service_desk.AlreadyCredited, NotRecordable) as error:
            form.add_error("number", str(error))
        else:
            tell(request, done)
            return redirect(ledger_url(self.member))
        return self.shown(form=form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What will happen, and the form."""
        limits = ServiceLimits.of(self._brand)
        most = f"{limits.receipt_minor / 100:,.2f} {self._brand.currency}"
        context: dict[str, Any] = super().get_context_data(
            about=str(self.member),
            effects=[
                _("It earns what a purchase of that day earned."),
                _("Above %(most)s, older than %(days)s days, or like a purchase that is known, a "
                  "second person has to approve it first.")
                % {"most": most, "days": limits.receipt_days},
                _("Should a till report the same receipt later, it comes to the worklist."),
            ],
            button=_("Credit it"),
            back_url=ledger_url(self.member),
            **kwargs,
        )  # fmt: skip
        return context

    @property
    def _brand(self) -> Brand:
        brand: Brand = self.member.account.brand
        return brand


class AgainForm(WhyForm):
    """Why another one is needed."""

    key = forms.UUIDField(widget=forms.HiddenInput)


class Reissue(MemberAct):
    """Replaces one of the member's vouchers by another code."""

    page_title = gettext_lazy("Another voucher")
    header_icon = "ticket"
    permissions = (*MemberAct.permissions, may.ASK)

    @cached_property
    def voucher(self) -> Voucher:
        """The one that the address names, of this member."""
        rows = Voucher.objects.filter(member=self.member).select_related("offer")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Ask."""
        return self.shown(form=AgainForm(initial={"key": uuid4()}))

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Do it, or put it before a second person."""
        form = AgainForm(request.POST)
        if not form.is_valid():
            return self.shown(form=form)
        data = form.cleaned_data
        asked = service_desk.Asked(self.who, data["why"], f"desk:{data['key']}")
        try:
            done = service_desk.reissue_voucher(asked, self.voucher)
        except KeyReused:
            form.add_error(None, SENT_BEFORE)
        except (NotReissuable, service_desk.AlreadyReplaced) as error:
            form.add_error(None, str(error))
        else:
            tell(request, done)
            return redirect(here("desk", self.member.pk))
        return self.shown(form=form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What will happen, and the form."""
        context: dict[str, Any] = super().get_context_data(
            about=str(self.voucher.offer),
            effects=[
                _("The old code is void from now on; the uses that are left go to the new one."),
                _("A voucher that replaces another is not replaced again without a second person."),
            ],
            button=_("Replace it"),
            back_url=here("desk", self.member.pk),
            **kwargs,
        )
        return context


class Desk(MemberAct):
    """What the service desk does for a member: cards and vouchers, and ways to the rest."""

    page_title = gettext_lazy("Service desk")
    header_icon = "help"
    template_name = "loyalty/staff/desk.html"

    def get_page_subtitle(self) -> str:
        """For whom."""
        return str(self.member)

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Block or replace a card, as the button said."""
        if not request.user.has_perm(may.ASK):
            raise PermissionDenied
        form = WhyForm(request.POST)
        if not form.is_valid():
            return self.shown(form=form)
        wanted = request.POST.get("card", "")
        card = get_object_or_404(self._cards(), pk=int(wanted) if wanted.isdigit() else 0)
        self._act(card, form.cleaned_data["why"])
        return redirect(request.path)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Cards and vouchers, the latest first."""
        vouchers = Voucher.objects.filter(member=self.member).select_related("offer", "replaces")
        context: dict[str, Any] = super().get_context_data(
            member=self.member,
            cards=self._cards(),
            vouchers=vouchers.order_by("-issued_at", "-pk")[:100],
            may_act=self.who.has_perm(may.ASK),
            **{"form": WhyForm(), **kwargs},
        )
        return context

    def _cards(self) -> Any:
        return Card.objects.filter(account=self.member.account).order_by("blocked_at", "-issued_at")

    def _act(self, card: Card, why: str) -> None:
        act = self.request.POST.get("act")
        if act == "replace":
            try:
                new = cards.replace(card, self.who, reason=why)
            except NotReplaceable as error:
                messages.error(self.request, str(error))
            else:
                told = _("The new card is %(number)s; the old one is blocked.")
                messages.success(self.request, told % {"number": new.number})
        elif act == "block":
            cards.block(card, why, self.who)
            messages.success(self.request, _("The card is blocked; the points stay."))
        elif act == "unblock" and cards.unblock(card, why, self.who):
            messages.success(self.request, _("The card can be used again."))


class CodeForm(forms.Form):
    """What stands on the voucher."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class RefusedCode(Screen):
    """Why a till refused a code: what the till was not told."""

    page_title = gettext_lazy("Why was a code refused?")
    header_icon = "ticket"
    permissions = (may.LOOK_AT_REQUESTS, may.LOOK_AT_MEMBERS)
    template_name = "loyalty/staff/refused_code.html"

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Ask for the code."""
        return self.shown(form=CodeForm())

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Tell; the code is in no address and no log."""
        form = CodeForm(request.POST)
        if not form.is_valid():
            return self.shown(form=form)
        code = form.cleaned_data["code"]
        rows = Voucher.objects.select_related("offer", "member", "pool", "replaces")
        return self.shown(
            form=form,
            asked=True,
            voucher=rows.filter(code=read_code(code)).first(),
            refusals=why_refused(code),
            now=timezone.now(),
        )
