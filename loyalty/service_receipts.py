"""Receipts that nobody recorded: how they are known again, and whether a till told of them.

A receipt is its store, its day in the brand's zone, and the number that is printed on it, which
tills report as the purchase's number. Leading zeros, spaces and case make no difference.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone

from loyalty import worklist
from loyalty.counter import NotRecordable, check_amount, check_pieces
from loyalty.models import Purchase, ServiceRequest, WorklistItem
from loyalty.reported import LineData
from profiles.models import Brand, Store
from profiles.time_zones import zone_named

SOURCE: Final = "service"
WATCHED_DAYS = 60  # an offline till that is silent for longer than this is not waited for
_NUMBER = re.compile(r"[0-9A-Z][0-9A-Z./-]{0,31}")


@dataclass(frozen=True)
class Receipt:
    """What a clerk reads on the paper. Amounts are in minor units of the brand's currency."""

    store: Store
    day: date
    number: str
    lines: tuple[LineData, ...]

    @property
    def total_minor(self) -> int:
        """What was paid."""
        return sum(line.amount_minor for line in self.lines)


def only_total(amount_minor: int) -> tuple[LineData, ...]:
    """The lines of a receipt of which nothing but the sum can be read."""
    return (LineData("", 1, amount_minor),)


def name_of(receipt: Receipt) -> str:
    """The one name of a receipt, whoever types it. Raises NotRecordable for no number."""
    return f"{receipt.store.pk}:{receipt.day:%Y%m%d}:{_number(receipt.number)}"


def read_name(store: Store, name: str) -> tuple[Store, date, str]:
    """Store, day and number out of what ``name_of`` made."""
    _store, day, number = name.split(":", 2)
    return store, date.fromisoformat(day), number


def check(receipt: Receipt, now: datetime) -> None:
    """Raise NotRecordable for a day to come, no lines, or lines that cannot be right."""
    if receipt.day > timezone.localdate(now, _zone(receipt.store.brand)):
        raise NotRecordable("The day of the receipt lies in the future.")
    if not receipt.lines:
        raise NotRecordable("A receipt needs at least one line.")
    for line in receipt.lines:
        check_pieces(line.quantity)
        check_amount(line.amount_minor)
        check_amount(line.discount_minor)
        if "\x00" in line.sku:
            raise NotRecordable("A text has a character that no database keeps.")


def moment_of(receipt: Receipt, now: datetime) -> datetime:
    """Noon of its day, as the hour is not known; no later than now."""
    noon = datetime.combine(receipt.day, time(12), _zone(receipt.store.brand))
    return min(noon, now)


def told_by_tills(store: Store, day: date, number: str) -> QuerySet[Purchase]:
    """Purchases that tills reported under this number on this day, whoever made them."""
    printed = rf"^\s*0*{re.escape(_number(number))}\s*$"
    return _of_day(store, day).filter(external_id__iregex=printed)


def look_alikes(receipt: Receipt) -> QuerySet[Purchase]:
    """Purchases of that store, day and sum, whatever their number."""
    return _of_day(receipt.store, receipt.day).filter(total_minor=receipt.total_minor)


def find_repeated(brand: Brand, purchases: Iterable[Purchase], now: datetime) -> set[int]:
    """Which of these new purchases earned before, when the desk credited their receipts.

    All that bear the number of a credited receipt go on the worklist; what somebody else bought
    under it is theirs, whatever the clerk was shown, and earns.
    """
    watched = _watched(brand, now).select_related("purchase", "brand", "account")
    if not watched.exists():
        return set()
    named = [(one, set(_names(one, brand))) for one in purchases if one.source != SOURCE]
    asked = watched.filter(receipt__in={name for _one, names in named for name in names})
    repeated = set()
    for request in asked:
        for late in (one for one, names in named if request.receipt in names):
            open_double(request, late, now)
            if request.purchase and request.purchase.account_id == late.account_id:
                repeated.add(late.pk)
    return repeated


def open_double(request: ServiceRequest, late: Purchase, now: datetime) -> None:
    """Put a receipt on the worklist that a till reported after it was credited, once."""
    worklist.open_item(
        request.brand,
        WorklistItem.Kind.DUPLICATE_RECEIPT,
        SOURCE,
        f"double:{request.pk}",
        account=request.account,
        purchase=late,
        facts={"credited_purchase": request.purchase_id, "late_purchase": late.pk},
        now=now,
    )


def report_doubles(brand: Brand, now: datetime | None = None) -> int:
    """Put receipts on the worklist that a till reported after they were credited; returns how many.

    A till that was offline loses no purchase: it is recorded, and earns nothing a second time.
    This finds what came at the very moment of the crediting. Safe to repeat.
    """
    now = now or timezone.now()
    found = 0
    for request in _watched(brand, now).select_related("store__brand", "purchase", "account"):
        found += bool(request.store and _report_double(request, request.store, now))
    return found


def _report_double(request: ServiceRequest, store: Store, now: datetime) -> bool:
    late = told_by_tills(*read_name(store, request.receipt)).first()
    if late is None:
        return False
    open_double(request, late, now)
    return True


def _watched(brand: Brand, now: datetime) -> QuerySet[ServiceRequest]:
    """Receipts that were credited lately."""
    lately = now - timedelta(days=WATCHED_DAYS)
    requests = ServiceRequest.objects.filter(brand=brand, requested_at__gt=lately)
    return requests.filter(purchase__isnull=False)


def _names(purchase: Purchase, brand: Brand) -> Iterator[str]:
    """What a clerk may have called this purchase; without a store it may be of any."""
    try:
        number = _number(purchase.external_id)
    except NotRecordable:
        return
    day = purchase.occurred_at.astimezone(_zone(brand))
    stores = [purchase.store_id] if purchase.store_id else brand.stores.values_list("pk", flat=True)
    yield from (f"{store}:{day:%Y%m%d}:{number}" for store in stores)


def _of_day(store: Store, day: date) -> QuerySet[Purchase]:
    begin = datetime.combine(day, time(), _zone(store.brand))
    end = datetime.combine(day + timedelta(days=1), time(), _zone(store.brand))
    that_day = Purchase.objects.filter(
        brand=store.brand, occurred_at__gte=begin, occurred_at__lt=end
    )
    # A purchase without a store may be of this one.
    return that_day.filter(Q(store=store) | Q(store=None)).exclude(source=SOURCE)


def _number(text: str) -> str:
    number = "".join(text.split()).upper().lstrip("0")
    if not _NUMBER.fullmatch(number):
        raise NotRecordable("The number of the receipt is not one that a till prints.")
    return number


def _zone(brand: Brand) -> ZoneInfo:
    return zone_named(brand.time_zone)
