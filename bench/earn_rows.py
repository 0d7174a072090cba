"""The yardstick of ``earn``: the rows that recording a batch of purchases leaves, and no more.

No card, article or earlier purchase is looked up, no rule asked: numbers are taken from the
sequences, rows go in by COPY, and the wallets get one UPDATE, in one transaction.
"""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from loyalty.bulk import reserve_ids, write_rows
from loyalty.ledger.batches import ENTRY_COLUMNS, LOT_COLUMNS
from loyalty.models import Entry, Lot, Posting, Product, Purchase, PurchaseLine, Wallet
from loyalty.purchases import LINE_COLUMNS, PURCHASE_COLUMNS, PurchaseData
from profiles.models import Brand, Member, Store

YEAR = timedelta(days=365)
# What the rows refer to, looked up before the clock runs.
WALLETS: dict[int, int] = {}
MEMBERS: dict[int, int] = {}
ARTICLES: dict[str, int] = {}
STORES: dict[str, int] = {}
ADD = (
    "UPDATE loyalty_wallet SET active = loyalty_wallet.active + more.points"
    " FROM unnest(%s::bigint[], %s::bigint[]) AS more (id, points)"
    " WHERE loyalty_wallet.id = more.id"
)


def look_up() -> None:
    """Learn the numbers that rows refer to."""
    WALLETS.update(dict(Wallet.objects.values_list("account", "pk")))
    MEMBERS.update(dict(Member.objects.values_list("account", "pk")))
    ARTICLES.update(dict(Product.objects.values_list("sku", "pk")))
    STORES.update(dict(Store.objects.values_list("code", "pk")))


@transaction.atomic
def write_bare(brand: Brand, source: str, batch: Sequence[PurchaseData]) -> None:
    """Write the rows of a batch: a purchase, its lines, an entry, two postings, a lot each."""
    now = timezone.now()
    ids = [reserve_ids(model, len(batch)) for model in (Purchase, Entry, Lot)]
    rows = [_rows(brand, source, data, now, *pks) for data, *pks in zip(batch, *ids, strict=True)]
    write_rows(Purchase, PURCHASE_COLUMNS, [row[0] for row in rows])
    write_rows(PurchaseLine, LINE_COLUMNS, [line for row in rows for line in row[1]])
    write_rows(Entry, ENTRY_COLUMNS, [row[2] for row in rows])
    write_rows(Lot, LOT_COLUMNS, [row[3] for row in rows])
    legs = ("entry", "ledger_account", "amount")
    write_rows(Posting, legs, [posting for row in rows for posting in row[4]])
    sums: Counter[int] = Counter()
    for row in rows:
        sums[row[3][1]] += row[3][5]
    with connection.cursor() as cursor:
        cursor.execute(ADD, [list(sums), list(sums.values())])


def _rows(
    brand: Brand, source: str, data: PurchaseData, now: Any, purchase: int, entry: int, lot: int
) -> tuple[Any, ...]:
    account = int(data.card[1:])
    wallet, at = WALLETS[account], data.occurred_at
    total = sum(line.amount_minor for line in data.lines)
    points = total // 100
    shares = json.dumps(
        [(index, line.amount_minor // 100) for index, line in enumerate(data.lines)]
    )
    return (
        (
            purchase, account, MEMBERS[account], brand.pk, STORES[data.store_code], source,
            data.external_id, "0" * 64, at, now, data.currency, total, 0,
        ),
        [
            (purchase, index, ARTICLES[line.sku], line.quantity, line.amount_minor, 0)
            for index, line in enumerate(data.lines)
        ],
        (
            entry, wallet, "earn", "earning", f"purchase:{purchase}", "", "", purchase,
            at, now, at, points, at,
        ),
        (lot, wallet, entry, None, shares, points, points, at, at + YEAR, False),
        [(entry, "issued", -points), (entry, "active", points)],
    )  # fmt: skip
