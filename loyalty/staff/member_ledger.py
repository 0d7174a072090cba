"""A member's ledger: what the wallet holds, and every entry that explains it."""

from typing import Any

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets.button import HeaderButton

from loyalty.models import Entry, Hold, Lot, ServiceRequest, Wallet
from loyalty.staff import may
from loyalty.staff.ledger_lines import Line, balances, entry_numbers, lines
from loyalty.staff.screens import Screen
from loyalty.staff.urls import here, ledger_url, member_url, undo_url
from loyalty.staff.wallet_figures import figures
from profiles.models import Member

PER_PAGE = 25
MOST_LOTS = 50
UNDOABLE = (Entry.Kind.EARN, Entry.Kind.ADJUST, Entry.Kind.REDEEM)


class MemberScreen(Screen):
    """A page about the points of the member that the address names."""

    permissions: tuple[str, ...] = (may.LOOK_AT_LEDGER, may.LOOK_AT_MEMBERS)

    @cached_property
    def member(self) -> Member:
        """The member, unless they were erased."""
        members = Member.objects.select_related("account__brand")
        return get_object_or_404(
            members.exclude(status=Member.Status.ERASED), pk=self.kwargs["member_id"]
        )

    @cached_property
    def wallet(self) -> Wallet | None:
        """The household's wallet, if it ever had points."""
        return Wallet.objects.filter(account=self.member.account).first()

    def crumbs(self) -> list[tuple[str, str]]:
        """All members, and this one."""
        return [
            (reverse("members:index"), str(_("Members"))),
            (member_url(self.member), str(self.member)),
        ]


class MemberLedger(MemberScreen):
    """Figures, lots, holds, requests, and every entry with its postings."""

    page_title = _("Ledger")
    template_name = "loyalty/staff/ledger.html"

    def get_page_subtitle(self) -> str:
        """Whose it is."""
        return str(self.member)

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """Give or take points, for those who may."""
        if not self.request.user.has_perm(may.ASK):
            return []
        number = self.member.pk
        return [
            HeaderButton(
                _("Give or take points"), here("adjust", number), icon_name="plus-inverse"
            ),
            HeaderButton(_("Service desk"), here("desk", number), icon_name="help"),
        ]

    @property
    def kind(self) -> str:
        """The kind of entries to show; an empty string for all."""
        wanted = self.request.GET.get("kind", "")
        return wanted if wanted in Entry.Kind.values else ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Everything the page shows."""
        context: dict[str, Any] = super().get_context_data(
            member=self.member,
            kind=self.kind,
            kinds=Entry.Kind.choices,
            requests=self._requests(),
            **(self._of(self.wallet) if self.wallet else {}),
            **kwargs,
        )
        return context

    def _of(self, wallet: Wallet) -> dict[str, Any]:
        now, after = timezone.now(), balances(wallet)
        page = Paginator(entry_numbers(wallet, self.kind), PER_PAGE).get_page(
            self.request.GET.get("p")
        )
        shown = lines(wallet, list(page), after)
        booked = next(reversed(after.values()), 0)
        return {
            "wallet": wallet,
            "figures": list(figures(wallet, now)),
            "page": page,
            "lines": [(line, self._undo_url(line)) for line in shown],
            "booked": booked,
            "agrees": booked == wallet.active,
            "lots": _lots(wallet),
            "holds": Hold.objects.filter(wallet=wallet, state=Hold.State.OPEN).order_by("pk"),
        }

    def _undo_url(self, line: Line) -> str:
        may_undo = line.entry.kind in UNDOABLE and self.request.user.has_perm(may.UNDO)
        undone = line.entry.kind == Entry.Kind.REDEEM and line.entry.reversals.exists()
        brought = line.entry.kind == Entry.Kind.REDEEM or line.lots
        return undo_url(self.member, line.entry) if may_undo and brought and not undone else ""

    def _requests(self) -> list[ServiceRequest]:
        if not self.request.user.has_perm(may.LOOK_AT_REQUESTS):
            return []
        rows = ServiceRequest.objects.filter(account=self.member.account)
        return list(rows.select_related("requested_by", "decided_by").order_by("-pk")[:PER_PAGE])


def _lots(wallet: Wallet) -> list[Lot]:
    """The lots that still hold points, in the order in which they are spent."""
    there = Lot.objects.filter(wallet=wallet, remaining__gt=0).select_related("rule", "entry")
    return sorted(there, key=lambda lot: (lot.expires_at is None, lot.expires_at, lot.pk))[
        :MOST_LOTS
    ]


class MemberAct(MemberScreen):
    """A page that asks before it changes something about a member's points."""

    template_name = "loyalty/staff/ask.html"

    def crumbs(self) -> list[tuple[str, str]]:
        """The member, and their ledger."""
        return [*super().crumbs(), (ledger_url(self.member), str(MemberLedger.page_title))]
