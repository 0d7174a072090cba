"""Pools of voucher codes: how many there are, making and importing more, making codes void."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import EditView, IndexView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button, HeaderButton

from loyalty import voucher_code_files, voucher_issuing, voucher_pools
from loyalty.models import Voucher, VoucherPool
from loyalty.staff import may
from loyalty.staff.forms import SettledForm
from loyalty.staff.screens import Screen, WhyForm
from loyalty.staff.urls import here
from loyalty.voucher_codes import read_code
from profiles.member_page import Figure

MOST_SHOWN = 100
ISSUED = Q(vouchers__member__isnull=False)
FREE = Q(vouchers__member=None, vouchers__voided_at=None)


def counted(pools: QuerySet[VoucherPool]) -> QuerySet[Any]:
    """The pools, with how many codes each has, gave away, saw used, has left and made void."""
    return pools.annotate(
        codes=Count("vouchers"),
        issued=Count("vouchers", filter=ISSUED),
        redeemed=Count("vouchers", filter=Q(vouchers__uses__gt=0)),
        free=Count("vouchers", filter=FREE),
        void=Count("vouchers", filter=Q(vouchers__voided_at__isnull=False)),
    )


def _number(name: str, label: Any) -> Column:
    return Column(name, label=label, accessor=lambda pool: f"{getattr(pool, name):,}")


class PoolIndexView(IndexView):
    """Pools with their counts."""

    def get_base_queryset(self) -> QuerySet[Any]:
        """Count in one question, not in one for each pool."""
        return counted(super().get_base_queryset().select_related("offer"))


class PoolEditView(EditView):
    """A pool's name, and the way to its codes."""

    @cached_property
    def header_buttons(self) -> list[Button]:
        """Codes."""
        return [HeaderButton(_("Codes"), here("pool", self.object.pk), icon_name="list-ul")]


class VoucherPoolViewSet(ModelViewSet):
    """Codes of an offer made or imported ahead."""

    model = VoucherPool
    icon = "list-ul"
    menu_label = gettext_lazy("Voucher pools")
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = PoolIndexView
    edit_view_class = PoolEditView
    search_fields = ["name"]
    list_display = [
        TitleColumn(
            "name",
            label=gettext_lazy("Name"),
            get_url=lambda pool: here("pool", pool.pk),
            sort_key="name",
        ),
        Column("offer", label=gettext_lazy("Offer")),
        _number("issued", gettext_lazy("Issued")),
        _number("redeemed", gettext_lazy("Redeemed")),
        _number("free", gettext_lazy("Left")),
    ]
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            FieldPanel("offer"),
            FieldPanel(
                "is_bearer",
                heading=gettext_lazy("Belong to whoever shows one"),
                help_text=gettext_lazy("Such codes are printed, not given to members."),
            ),
        ],
        base_form_class=SettledForm,
    )


class GenerateForm(forms.Form):
    """How many codes to make."""

    count = forms.IntegerField(
        label=gettext_lazy("How many"),
        min_value=1,
        max_value=voucher_pools.MOST_AT_ONCE,
    )


class ImportForm(forms.Form):
    """A file of codes."""

    codes = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV or text: one code on each line, in the first column."),
    )


class VoidForm(WhyForm):
    """One code of the pool."""

    code = forms.CharField(label=gettext_lazy("Code"), max_length=40)
    field_order = ["code", "why"]


class Pool(Screen):
    """The codes of a pool: counts, and what can be done with them."""

    header_icon = "list-ul"
    permissions = (may.LOOK_AT_POOLS,)
    template_name = "loyalty/staff/pool.html"
    forms_by_act = {"generate": GenerateForm, "import": ImportForm, "void": VoidForm}

    @cached_property
    def pool(self) -> VoucherPool:
        """The pool that the address names."""
        pools = counted(VoucherPool.objects.select_related("offer"))
        found: VoucherPool = get_object_or_404(pools, pk=self.kwargs["pk"])
        return found

    def get_page_title(self) -> str:
        """Its name."""
        return self.pool.name

    def get_page_subtitle(self) -> str:
        """What its codes give."""
        return str(self.pool.offer)

    def crumbs(self) -> list[tuple[str, str]]:
        """All pools."""
        return [(reverse("voucherpool:index"), _("Voucher pools"))]

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Make, import or void codes."""
        if not request.user.has_perm(may.FILL_POOLS):
            raise PermissionDenied
        act = request.POST.get("act", "")
        if act not in self.forms_by_act:
            return redirect(request.path)
        form = self.forms_by_act[act](request.POST, request.FILES)
        if form.is_valid() and (done := getattr(self, f"_{act}")(form)):
            answer: HttpResponseBase = done
            return answer
        return self.shown(**{f"{act}_form": form})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Counts and forms, but the one that was filled."""
        fresh = {f"{act}_form": form() for act, form in self.forms_by_act.items()}
        context: dict[str, Any] = super().get_context_data(
            pool=self.pool,
            figures=_figures(self.pool),
            may_fill=self.request.user.has_perm(may.FILL_POOLS),
            edit_url=reverse("voucherpool:edit", args=[self.pool.pk]),
            **{**fresh, **kwargs},
        )
        return context

    def _generate(self, form: forms.Form) -> HttpResponseBase:
        made = voucher_pools.generate(self.pool, form.cleaned_data["count"])
        messages.success(self.request, _("%(count)s codes were made.") % {"count": f"{made:,}"})
        return redirect(self.request.path)

    def _import(self, form: forms.Form) -> HttpResponseBase | None:
        try:
            text = form.cleaned_data["codes"].read().decode("utf-8-sig")
            loaded = voucher_code_files.load(self.pool, text.splitlines())
        except UnicodeDecodeError:
            form.add_error("codes", _("This is not a text file."))
            return None
        except voucher_code_files.TooLarge:
            form.add_error("codes", _("The file is too long, or a line is longer than any code."))
            return None
        told = _("%(new)s codes are new, %(known)s the pool had.")
        messages.success(
            self.request, told % {"new": f"{loaded.new:,}", "known": f"{loaded.known:,}"}
        )
        if not loaded.rejected:
            return redirect(self.request.path)
        del self.pool  # counted before the codes came
        rows = [(number, problem.label) for number, problem in loaded.rejected[:MOST_SHOWN]]
        return self.shown(rejected=rows, rejected_count=len(loaded.rejected))

    def _void(self, form: forms.Form) -> HttpResponseBase | None:
        code = read_code(form.cleaned_data["code"])
        voucher = Voucher.objects.filter(pool=self.pool, code=code).first()
        if voucher is None:
            form.add_error("code", _("This pool has no such code."))
            return None
        if not voucher_issuing.void(voucher, note=form.cleaned_data["why"], by=self.who):
            form.add_error("code", _("This code was void already."))
            return None
        messages.success(self.request, _("The code is void."))
        return redirect(self.request.path)


def _figures(pool: Any) -> list[Figure]:
    left = _("can be used") if pool.is_bearer else _("belong to nobody yet")
    return [
        Figure(_("Codes"), f"{pool.codes:,}"),
        Figure(_("Issued"), f"{pool.issued:,}"),
        Figure(_("Redeemed"), f"{pool.redeemed:,}"),
        Figure(_("Left"), f"{pool.free:,}", left),
        Figure(_("Void"), f"{pool.void:,}"),
    ]
