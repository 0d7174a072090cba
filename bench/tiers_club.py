"""The club that ``tiers`` measures, its ways of writing standings and lapses, and what is reset."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.pool import Pool
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction

from bench.crowd import crowd
from bench.ground import get_ready
from loyalty import expiry, tiers
from loyalty.models import Tier, TierScheme
from profiles.models import Brand
from tests import cast

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
LADDER = {"base": 0, "silver": 300, "gold": 900}
OPENINGS = "UPDATE profiles_account SET opened_at = %s - (id %% 1500) * interval '1 day'"
QUALIFYING = """
INSERT INTO loyalty_entry (wallet_id, kind, source, idempotency_key, request_hash, reason,
    occurred_at, recorded_at, posted_at, qualifying, qualified_at)
SELECT wallet.id, 'earn', 'bench', wallet.id || '-' || n, '', '', at, at, at,
    (wallet.id * 7 + n * 13) %% 150, at
FROM generate_series(1, 8) AS n, loyalty_wallet AS wallet,
    LATERAL (SELECT %s - (n * 80 + wallet.id %% 70) * interval '1 day' AS at) AS moment
"""
# A lot that lapsed yesterday, and one that should have matured and then lapsed.
LOTS = """
INSERT INTO loyalty_lot (wallet_id, entry_id, original, remaining, available_at, expires_at,
    is_pending)
SELECT wallet_id, id, 10, 10, at, %s - interval '1 day', pending
FROM loyalty_entry, LATERAL (
    SELECT idempotency_key LIKE '%%-2' AS pending, occurred_at + interval '14 days' AS at
) AS facts
WHERE source = 'bench' AND (idempotency_key LIKE '%%-1' OR idempotency_key LIKE %s)
"""
SUMS = "UPDATE loyalty_wallet SET active = 10, pending = {pending}, held = 0, debt = 0"
# What a recomputation and an expiry write: new rows by table, to be inserted again bare.
NEW = {
    "recompute": {"loyalty_tierstanding": "true", "loyalty_tierchange": "true"},
    "expire": {
        "loyalty_entry": "source <> 'bench'",
        "loyalty_posting": "true",
        "loyalty_allocation": "true",
    },
}
# What every worker of several has a share of, by the number of the entry, lot or wallet.
SHARES = {"loyalty_entry": "id", "loyalty_posting": "entry_id", "loyalty_allocation": "entry_id"}
UPDATES = (
    "UPDATE loyalty_lot SET remaining = 0, is_pending = false",
    "UPDATE loyalty_wallet SET active = 0, pending = 0",
)


@dataclass
class TiersClub:
    """A large club whose members bought for two years, and the workers that book its expiry."""

    brand: Brand
    workers: int
    matures: bool
    pool: Pool
    rows: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, accounts: int, window: str, workers: int, matures: bool = True) -> "TiersClub":
        """Migrate and fill the database."""
        print("migrating", flush=True)
        call_command("migrate", verbosity=0)
        club = cast.club()
        print(f"making {accounts:,} accounts with {8 * accounts:,} entries", flush=True)
        crowd(club, accounts)
        TierScheme.objects.create(brand=club.brand, window=window)
        for rank, (key, threshold) in enumerate(LADDER.items()):
            Tier.objects.create(brand=club.brand, key=key, rank=rank, threshold=threshold)
        with connection.cursor() as cursor:
            cursor.execute(OPENINGS, [NOW])
            cursor.execute(QUALIFYING, [NOW])
        pool = get_context("spawn").Pool(workers, get_ready)
        made = cls(club.brand, workers, matures, pool)
        made._fill_lots()
        _run("VACUUM (FULL, ANALYZE) profiles_account", "VACUUM (FULL, ANALYZE) loyalty_wallet")
        _run("VACUUM ANALYZE")
        return made

    def reset(self, what: str) -> None:
        """Leave nothing of the last round behind: no rows, dead rows or unwritten pages."""
        if what == "recompute":
            _run("TRUNCATE loyalty_tierstanding, loyalty_tierchange RESTART IDENTITY")
            _run("VACUUM ANALYZE loyalty_tierstanding, loyalty_tierchange", "CHECKPOINT")
            return
        _run("TRUNCATE loyalty_posting, loyalty_allocation RESTART IDENTITY")
        _run("TRUNCATE loyalty_lot RESTART IDENTITY CASCADE")
        # The ledger is append-only, and this is not the club's life but a clock turned back.
        _run(
            "ALTER TABLE loyalty_entry DISABLE TRIGGER loyalty_entry_is_append_only",
            "DELETE FROM loyalty_entry WHERE source <> 'bench'",
            "ALTER TABLE loyalty_entry ENABLE TRIGGER loyalty_entry_is_append_only",
        )
        self._fill_lots()
        _run("VACUUM FULL loyalty_wallet", "VACUUM ANALYZE", "CHECKPOINT")

    def _fill_lots(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(LOTS, [NOW, "%-2" if self.matures else ""])
        _run(SUMS.format(pending=10 if self.matures else 0))

    def recompute(self) -> None:
        """What is measured."""
        tiers.recompute(self.brand, NOW)

    def expire(self) -> None:
        """What is measured: the ranges, each by the next worker that is free."""
        now = NOW + timedelta(hours=1)
        ranges = [(expiry.expire_range, *each, now) for each in expiry.due_ranges(now)]
        self._share(ranges)

    def recompute_bare(self) -> None:
        """The reference."""
        with transaction.atomic():
            _run(
                *(f"INSERT INTO {table} SELECT * FROM bench_{table}" for table in NEW["recompute"])
            )

    def expire_bare(self) -> None:
        """The reference."""
        shares = range(self.workers)
        self._share((_expire_bare, share, self.workers) for share in shares)

    def _share(self, work: Iterable[tuple[Any, ...]]) -> None:
        self.pool.starmap(_do, work, chunksize=1)

    def keep_rows(self, what: str) -> None:
        """Keep the rows that were written for the reference, and how many they are."""
        for table, new in NEW[what].items():
            _run(
                f"DROP TABLE IF EXISTS bench_{table}",
                f"CREATE TABLE bench_{table} AS SELECT * FROM {table} WHERE {new}",
                f"VACUUM ANALYZE bench_{table}",
            )
            self.rows[table] = _count(f"bench_{table}", "true")
        print(f"rows: {self.rows}", flush=True)

    def is_complete(self, what: str) -> bool:
        """Whether as many rows stand there as were kept."""
        return all(_count(table, new) == self.rows[table] for table, new in NEW[what].items())


def _do(act: Callable[..., object], *arguments: Any) -> None:
    act(*arguments)


def _expire_bare(share: int, workers: int) -> None:
    with transaction.atomic():
        for table, column in SHARES.items():
            mine = f"{column} % {workers} = {share}"
            _run(f"INSERT INTO {table} SELECT * FROM bench_{table} WHERE {mine}")
        _run(*(f"{update} WHERE id % {workers} = {share}" for update in UPDATES))


def _count(table: str, rows: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table} WHERE {rows}")
        return int(cursor.fetchone()[0])


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
