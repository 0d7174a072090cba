"""Reading purchases as the facts that earning is worked out from, in a few queries a batch."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from django.db.models import F, Q

from loyalty.bulk import Among
from loyalty.earning.facts import Line
from loyalty.history import BEFORE_SWITCH
from loyalty.models import Purchase, PurchaseLine
from profiles.models import Brand


class Bought(NamedTuple):
    """A purchase in the brand's currency. ``has_lines`` is False when only its total is known."""

    pk: int
    account: int
    at: datetime
    store: str
    lines: tuple[Line, ...]
    has_lines: bool = True


Header = tuple[int, int, datetime, str | None, int]  # number, account, moment, store, total


def numbered(lines: Iterable[tuple[int | None, int, int]]) -> tuple[Line, ...]:
    """Lines of (product, pieces, amount) in their order, which is their position."""
    return tuple(Line(position, *line) for position, line in enumerate(lines))


def bought(purchases: Sequence[Purchase]) -> list[Bought]:
    """The facts of purchases that are at hand."""
    return _with_lines(
        [
            (
                each.pk,
                each.account_id,
                each.occurred_at,
                each.store.code if each.store else None,
                each.total_minor,
            )
            for each in purchases
        ]
    )


def of_purchases(
    brand: Brand,
    size: int,
    since: datetime | None = None,
    until: datetime | None = None,
    leave_out: Callable[[Sequence[int]], Collection[int]] | None = None,
) -> Iterator[list[Bought]]:
    """The brand's purchases by moment, in batches; ``until`` is exclusive.

    Only those in the brand's currency: sums never mix currencies. What was bought before a
    switch has earned elsewhere. ``leave_out`` tells which of a batch's numbers nobody wants;
    their lines are not read.
    """
    rows = Purchase.objects.filter(brand=brand, currency=brand.currency)
    rows = rows.exclude(source__startswith=BEFORE_SWITCH)
    if until:
        rows = rows.filter(occurred_at__lt=until)
    # Pages by key, not by a cursor that lives as long as the loop: batches commit in between.
    page = rows.filter(occurred_at__gte=since) if since else rows
    fields = ("pk", "account_id", "occurred_at", "store__code", "total_minor")
    while headers := list(page.order_by("occurred_at", "pk").values_list(*fields)[:size]):
        number, last = headers[-1][0], headers[-1][2]
        without = leave_out([header[0] for header in headers]) if leave_out else ()
        yield _with_lines([header for header in headers if header[0] not in without])
        after = Q(occurred_at__gt=last) | Q(pk__gt=number)
        page = rows.filter(after, occurred_at__gte=last)


def _with_lines(headers: Sequence[Header]) -> list[Bought]:
    lines = _lines([header[0] for header in headers]) if headers else {}
    found = []
    for pk, account, at, store, total in headers:
        there = lines.get(pk)
        # A total without lines counts as one line of an unknown article.
        basket = there or (Line(0, None, 1, total),)
        found.append(Bought(pk, account, at, store or "", basket, bool(there)))
    return found


def _lines(purchases: Sequence[int]) -> dict[int, tuple[Line, ...]]:
    rows = PurchaseLine.objects.filter(Among(F("purchase_id"), purchases))
    ordered = rows.order_by("purchase_id", "position", "pk")
    fields = ("purchase_id", "product_id", "quantity", "amount_minor")
    return {
        purchase: numbered(row[1:] for row in group)
        for purchase, group in groupby(ordered.values_list(*fields), key=itemgetter(0))
    }
