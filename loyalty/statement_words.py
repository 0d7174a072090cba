"""Why points came or went, in the words of a statement."""

from collections.abc import Iterator, Mapping

from django.db.models import QuerySet
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from loyalty.ledger import On
from loyalty.models import Entry, Lot, Purchase
from loyalty.models.earn_rules import words_for
from loyalty.month_figures import OPENING_SOURCE

DUE_TITLES = {
    "matured": gettext_lazy("Points became available"),
    "lapsed": gettext_lazy("Points expired"),
    "released": gettext_lazy("No longer set aside"),
}


def read_entries(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    """The entries, oldest first, with all that their words need."""
    whole = entries.select_related(
        "purchase__store",
        "refund__purchase__store",
        "reverses__purchase__store",
        "closes_hold__entry",
    )
    return whole.prefetch_related("lots__rule").order_by("occurred_at", "pk")


def title_of(entry: Entry, legs: Mapping[str, int]) -> str:
    """What happened; ``legs`` are the entry's points by ledger account."""
    if entry.source == "maturing":
        return _("Points became available")
    if entry.source == OPENING_SOURCE:
        return _("Points from before the new club")
    if entry.purchase:
        return _purchase(entry.purchase)
    if entry.kind == Entry.Kind.MOVE:
        return _moved(legs)
    if entry.kind == Entry.Kind.REVERSE:
        return _undone(entry)
    if entry.kind == Entry.Kind.ADJUST:
        return _("Adjusted") if entry.reason else _("Points owed were settled")
    titles = {
        Entry.Kind.EARN: entry.reason or _("Points earned"),
        Entry.Kind.REDEEM: _("Points redeemed"),
        Entry.Kind.EXPIRE: _("Points expired"),
    }
    return titles[Entry.Kind(entry.kind)]


def details_of(entry: Entry) -> Iterator[str]:
    """By which rules, for what, of which purchase, or for which reason."""
    if entry.kind == Entry.Kind.EARN:
        yield from _rules(list(entry.lots.all()))
    undone = _undone_purchase(entry)
    if undone:
        yield _purchase(undone)
    held = getattr(entry, "closes_hold", None)
    if held and held.entry.reason:
        yield held.entry.reason
    says_why = entry.kind not in (Entry.Kind.EARN, Entry.Kind.EXPIRE)
    if says_why and entry.reason and entry.source != OPENING_SOURCE:
        yield entry.reason


def _rules(lots: list[Lot]) -> Iterator[str]:
    """The rules that paid, with the points of each where there are several."""
    paid: dict[str, int] = {}
    for lot in lots:
        if lot.rule:
            words = words_for(lot.rule, get_language() or "")
            paid[words] = paid.get(words, 0) + lot.original
    for name, points in paid.items():
        yield name if len(paid) == 1 else f"{name}: {points}"


def _purchase(purchase: Purchase) -> str:
    return _("Purchase at %(store)s") % {"store": purchase.store or _("our shop")}


def _moved(legs: Mapping[str, int]) -> str:
    if moved := legs.get(On.TRANSFERRED, 0):
        return _("Moved to another card") if moved > 0 else _("Moved from another card")
    return _("Set aside") if legs.get(On.HELD, 0) > 0 else _("No longer set aside")


def _undone(entry: Entry) -> str:
    if entry.refund:
        return _("Purchase returned")
    if entry.reverses and entry.reverses.kind == Entry.Kind.REDEEM:
        return _("Points given back")
    return _("Points corrected")


def _undone_purchase(entry: Entry) -> Purchase | None:
    if entry.refund and entry.refund.purchase:
        return entry.refund.purchase
    return entry.reverses.purchase if entry.reverses else None
