"""The worklist: what tills reported and somebody has to look at; each item in words, and closed."""

from typing import Any, Final

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from loyalty import worklist
from loyalty.models import OfflineEvent, WorklistItem
from loyalty.offline import settling
from loyalty.staff import may
from loyalty.staff.screens import LONGEST_WHY, BrandScreen, Screen
from loyalty.staff.urls import here

PER_PAGE = 50
FACT_WORDS: Final = {
    "against": gettext_lazy("Used against"),
    "code": gettext_lazy("Problem"),
    "credited_purchase": gettext_lazy("Purchase the service desk credited"),
    "event": gettext_lazy("Offline event"),
    "kind": gettext_lazy("What happened"),
    "late_purchase": gettext_lazy("Purchase the till reported later"),
    "missing": gettext_lazy("Points missing, now owed"),
    "offer": gettext_lazy("Offer"),
    "points": gettext_lazy("Points redeemed"),
    "till": gettext_lazy("Till"),
}


class Worklist(BrandScreen):
    """What is open, oldest first, or what was closed; of one kind, if named."""

    page_title = gettext_lazy("Worklist")
    header_icon = "list-ul"
    permissions = (may.LOOK_AT_WORKLIST, may.LOOK_AT_MEMBERS)
    template_name = "loyalty/staff/worklist.html"

    @property
    def is_done(self) -> bool:
        """Whether the closed ones are asked for."""
        return self.request.GET.get("state") == "done"

    @property
    def kind(self) -> str:
        """Of which kind; "" for all, also when there is no such kind."""
        wanted = self.request.GET.get("kind", "")
        return wanted if wanted in WorklistItem.Kind.values else ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The items, and how many there are of each kind."""
        items = self._items()
        counts = dict(items.order_by().values_list("kind").annotate(Count("pk")))
        words = dict(WorklistItem.Kind.choices)
        found = items.filter(kind=self.kind) if self.kind else items
        context: dict[str, Any] = super().get_context_data(
            page=Paginator(found, PER_PAGE).get_page(self.request.GET.get("p")),
            kinds=[(kind, words[kind], counts[kind]) for kind in words if kind in counts],
            kind=self.kind,
            total=sum(counts.values()),
            is_done=self.is_done,
            **kwargs,
        )
        return context

    def _items(self) -> QuerySet[WorklistItem]:
        if not self.is_done:
            return worklist.waiting(self.brand)
        done = WorklistItem.objects.filter(brand=self.brand, done_at__isnull=False)
        return done.select_related("account", "done_by").order_by("-done_at", "-pk")


class CloseForm(forms.Form):
    """What was done about it."""

    note = forms.CharField(
        label=gettext_lazy("What was done"),
        max_length=LONGEST_WHY,
        help_text=gettext_lazy("It stays on record with your name."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class Item(Screen):
    """One item: its facts, whose it is, and what can be done about it."""

    header_icon = "list-ul"
    permissions = (may.LOOK_AT_WORKLIST, may.LOOK_AT_MEMBERS)
    template_name = "loyalty/staff/worklist_item.html"

    @cached_property
    def item(self) -> WorklistItem:
        """The item that the address names."""
        rows = WorklistItem.objects.select_related(
            "brand", "account", "purchase__store", "entry", "done_by"
        )
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    @cached_property
    def event(self) -> OfflineEvent | None:
        """What a till did alone and could not be recorded, if the item is about that."""
        number = self.item.facts.get("event")
        if not isinstance(number, int):
            return None
        return settling.open_events(self.item.brand).filter(pk=number).first()

    def get_page_title(self) -> str:
        """What went wrong."""
        return self.item.get_kind_display()

    def crumbs(self) -> list[tuple[str, str]]:
        """The whole list."""
        return [(here("worklist"), str(Worklist.page_title))]

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Show it."""
        return self.shown(form=CloseForm())

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Try the event again, or close the item with a note."""
        self.needs_to_close()
        try:
            if self.event and request.POST.get("do") == "replay":
                return self._replay(self.event)
            form = CloseForm(request.POST)
            if not form.is_valid():
                return self.shown(form=form)
            self._close(form.cleaned_data["note"])
        except (worklist.AlreadyDone, settling.NotOpen):
            messages.error(request, _("Somebody else closed it before."))
        else:
            messages.success(request, _("It is off the list."))
        return redirect(here("worklist"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The facts in words, and what may be done."""
        account = self.item.account
        context: dict[str, Any] = super().get_context_data(
            item=self.item,
            event=self.event,
            facts=_facts(self.item),
            holder=account.members.exclude(status="erased").order_by("pk").first()
            if account else None,
            may_close=self.request.user.has_perm(may.CLOSE_ITEMS) and not self.item.done_at,
            may_look_at_ledger=self.request.user.has_perm(may.LOOK_AT_LEDGER),
            back_url=here("worklist"),
            **kwargs,
        )  # fmt: skip
        return context

    def needs_to_close(self) -> None:
        """Refuse whoever may only look."""
        if not self.request.user.has_perm(may.CLOSE_ITEMS):
            raise PermissionDenied

    def _replay(self, event: OfflineEvent) -> HttpResponseBase:
        outcome = settling.replay(event, self.who)
        if outcome.state == OfflineEvent.State.PROBLEM:
            told = _("It still cannot be recorded: %(why)s") % {"why": outcome.detail}
            messages.error(self.request, told)
            return redirect(self.request.path)
        messages.success(self.request, _("It was recorded, and is off the list."))
        return redirect(here("worklist"))

    def _close(self, note: str) -> None:
        """An event that is given up closes its item by itself."""
        if self.event:
            settling.dismiss(self.event, self.who, note)
        else:
            worklist.close_item(self.item, self.who, note)


def _facts(item: WorklistItem) -> list[tuple[str, str]]:
    """What the till told, in the order of the alphabet; unknown names as they are."""
    kinds = dict(OfflineEvent.Kind.choices)
    return [
        (
            str(FACT_WORDS.get(name, name)),
            str(kinds.get(fact, fact)) if name == "kind" else str(fact),
        )
        for name, fact in sorted(item.facts.items())
        if fact is not None and fact != ""
    ]
