"""The statements of ``loyalty.expiry``, in their order, each for a whole chunk of wallets.

``due_wallet`` are the wallets that are booked, locked; ``due_lot`` has a row for each entry to
write, numbered in the order in which ``ledger.settle`` books: by the lot's first day, and what
matures before what lapses.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection

from loyalty.models import Allocation, ClosedMonth, Entry, Hold, Lot, Posting, Wallet
from loyalty.plain_sql import moment
from profiles.models import Account

_MATURED = "lot.is_pending AND lot.remaining > 0 AND lot.available_at <= {now}"
_LAPSED = "lot.remaining > 0 AND lot.expires_at <= {now}"
_RANGES = """
SELECT MIN(wallet_id), MAX(wallet_id) FROM (
    SELECT wallet_id, (ROW_NUMBER() OVER (ORDER BY wallet_id) - 1) / {size} AS chunk
    FROM (
        SELECT wallet_id FROM {lots} AS lot WHERE {matured}
        UNION SELECT wallet_id FROM {lots} AS lot WHERE {lapsed}
        UNION SELECT wallet_id FROM {holds} AS hold
        WHERE hold.state = 'open' AND hold.expires_at <= {now}
    ) AS due
) AS numbered GROUP BY chunk ORDER BY chunk
"""
_WALLETS = """
CREATE TEMPORARY TABLE due_wallet AS
SELECT wallet.id FROM {wallets} AS wallet
WHERE wallet.id BETWEEN {first} AND {last} AND wallet.debt = 0
    AND EXISTS (
        SELECT 1 FROM {lots} AS lot WHERE lot.wallet_id = wallet.id
            AND lot.remaining > 0 AND (({matured}) OR ({lapsed}))
    )
    AND NOT EXISTS (
        SELECT 1 FROM {holds} AS hold
        WHERE hold.wallet_id = wallet.id AND hold.state = 'open' AND hold.expires_at <= {now}
    )
ORDER BY wallet.id {locked}
"""
_LOTS = """
CREATE TEMPORARY TABLE due_lot AS
SELECT {number} AS entry_id, due.* FROM (
    SELECT lot.id AS lot_id, lot.wallet_id, lot.remaining AS points, lot.available_at,
        lot.available_at AS at, 0 AS lapses
    FROM {lots} AS lot WHERE {matured} AND lot.wallet_id IN (SELECT id FROM due_wallet)
    UNION ALL
    SELECT lot.id, lot.wallet_id, lot.remaining, lot.available_at, lot.expires_at, 1
    FROM {lots} AS lot WHERE {lapsed} AND lot.wallet_id IN (SELECT id FROM due_wallet)
    ORDER BY 2, 4, 1, 6
) AS due
"""
_ENTRIES = """
INSERT INTO {entries} (
    id, wallet_id, kind, source, idempotency_key, request_hash, reason, occurred_at, recorded_at,
    posted_at, qualifying
)
SELECT due_lot.entry_id, due_lot.wallet_id, CASE lapses WHEN 1 THEN 'expire' ELSE 'move' END,
    CASE lapses WHEN 1 THEN 'expiry' ELSE 'maturing' END, 'lot:' || due_lot.lot_id, '', '',
    due_lot.at, {recorded_at}, CASE WHEN closed.until > at THEN closed.until ELSE at END, 0
FROM due_lot
JOIN {wallets} AS wallet ON wallet.id = due_lot.wallet_id
JOIN {accounts} AS account ON account.id = wallet.account_id
LEFT JOIN (
    SELECT brand_id, MAX(until) AS until FROM {months} GROUP BY brand_id
) AS closed ON closed.brand_id = account.brand_id
ORDER BY due_lot.entry_id
"""
_POSTINGS = """
INSERT INTO {postings} (entry_id, ledger_account, amount)
SELECT entry_id, CASE lapses WHEN 1 THEN 'active' ELSE 'pending' END, -points FROM due_lot
UNION ALL
SELECT entry_id, CASE lapses WHEN 1 THEN 'expired' ELSE 'active' END, points FROM due_lot
"""
_ALLOCATIONS = """
INSERT INTO {allocations} (entry_id, lot_id, part, amount)
SELECT entry_id, lot_id, 'lapsed', points FROM due_lot WHERE lapses = 1
"""
_UPDATE_LOTS = """
UPDATE {lots} SET is_pending = {false},
    remaining = CASE WHEN expires_at <= {now} THEN 0 ELSE remaining END
WHERE id IN (SELECT lot_id FROM due_lot)
"""
_UPDATE_WALLETS = """
UPDATE {wallets} SET active = {wallets}.active + due.active,
    pending = {wallets}.pending + due.pending
FROM (
    SELECT wallet_id, SUM(CASE lapses WHEN 1 THEN -points ELSE points END) AS active,
        SUM(CASE lapses WHEN 1 THEN 0 ELSE -points END) AS pending
    FROM due_lot GROUP BY wallet_id
) AS due
WHERE {wallets}.id = due.wallet_id
"""


def ranges(now: datetime, size: int) -> str:
    """The first and last numbers of wallets, so that about ``size`` due ones lie between."""
    return _filled(_RANGES, now, size=size)


def pick_wallets(first: int, last: int, now: datetime) -> str:
    """Lock the wallets of a range that need nothing but lots booked."""
    # A wallet that a till holds is left to the end: it is not worth waiting for, twenty thousand
    # others locked.
    locked = "FOR UPDATE OF wallet SKIP LOCKED" if connection.vendor == "postgresql" else ""
    return _filled(_WALLETS, now, first=first, last=last, locked=locked)


def pick_lots(now: datetime) -> str:
    """Number the entries to write for the wallets that were picked."""
    number = f"(SELECT COALESCE(MAX(id), 0) FROM {Entry._meta.db_table}) + ROW_NUMBER() OVER ()"  # noqa: S608
    if connection.vendor == "postgresql":
        # Looked up once, not for each row.
        number = f"nextval('{Entry._meta.db_table}_id_seq'::regclass)"
    return _filled(_LOTS, now, number=number)


def booking(now: datetime, recorded_at: datetime) -> Iterator[str]:
    """What writes the entries with all that hangs on them."""
    for text in (_ENTRIES, _POSTINGS, _ALLOCATIONS, _UPDATE_LOTS, _UPDATE_WALLETS):
        yield _filled(text, now, recorded_at=moment(recorded_at))


def _filled(text: str, now: datetime, **values: object) -> str:
    moment_now = moment(now)
    return text.format(
        now=moment_now,
        matured=_MATURED.format(now=moment_now),
        lapsed=_LAPSED.format(now=moment_now),
        accounts=Account._meta.db_table,
        allocations=Allocation._meta.db_table,
        entries=Entry._meta.db_table,
        holds=Hold._meta.db_table,
        lots=Lot._meta.db_table,
        months=ClosedMonth._meta.db_table,
        postings=Posting._meta.db_table,
        wallets=Wallet._meta.db_table,
        false="FALSE" if connection.vendor == "postgresql" else "0",
        **values,
    )
