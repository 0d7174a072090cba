"""The worklist: what tills reported and somebody has to look at. The only writer of its items."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from loyalty.models import Entry, Purchase, WorklistItem
from profiles.models import Account, Brand, User

Fact = str | int | bool | None
PERSONAL: Final = frozenset(
    {"address", "card", "card_number", "email", "first_name", "last_name", "name", "phone"}
)
LONGEST_FACT = 200


class AlreadyDone(Exception):
    """Somebody else closed the item before."""


def open_item(
    brand: Brand,
    kind: WorklistItem.Kind,
    source: str,
    key: str,
    *,
    account: Account | None = None,
    purchase: Purchase | None = None,
    entry: Entry | None = None,
    facts: Mapping[str, Fact] | None = None,
    now: datetime | None = None,
) -> WorklistItem:
    """Put something on the list; the same source and key again return the first item, as it is.

    Raises ValueError for facts that would say who somebody is.
    """
    item, _new = WorklistItem.objects.get_or_create(
        source=source,
        key=key,
        defaults={
            "brand": brand,
            "kind": kind,
            "account": account,
            "purchase": purchase,
            "entry": entry,
            "facts": _checked(facts or {}),
            "opened_at": now or timezone.now(),
        },
    )
    return item


def close_item(item: WorklistItem, by: User, note: str, now: datetime | None = None) -> None:
    """Take an item off the list, once. Raises AlreadyDone, ValueError without a note."""
    if not note.strip():
        raise ValueError("Say what was done.")
    waiting = WorklistItem.objects.filter(pk=item.pk, done_at=None)
    if not waiting.update(done_at=now or timezone.now(), done_by=by, note=note.strip()):
        raise AlreadyDone("This was done before.")
    item.refresh_from_db()


def waiting(brand: Brand) -> QuerySet[WorklistItem]:
    """What is open at a brand, oldest first."""
    items = WorklistItem.objects.filter(brand=brand, done_at=None)
    return items.select_related("account", "purchase", "entry").order_by("opened_at", "pk")


def _checked(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Figures and reasons; whoever it was is found through the account."""
    if PERSONAL & facts.keys():
        raise ValueError("Facts must not say who somebody is.")
    for fact in facts.values():
        if not isinstance(fact, Fact) or (isinstance(fact, str) and len(fact) > LONGEST_FACT):
            raise ValueError("Facts are short texts and whole numbers.")
    return dict(facts)
