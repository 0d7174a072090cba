"""Recomputing every account's tier, none of them in Python: chunks of accounts, each set-based.

Each chunk is a transaction under the standings' table lock, so that a till whose purchase moves a
tier waits for one chunk at most (well under a second), and what a broken run did stays done.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import models, transaction
from django.db.models import QuerySet
from django.utils import timezone

from loyalty import signals
from loyalty.bulk import lock_table
from loyalty.models import Tier, TierChange, TierScheme, TierStanding
from loyalty.plain_sql import moment, run
from loyalty.tier_moves import Ladder
from loyalty.tier_sql import Rules, next_standings
from profiles.models import Account, Brand

CHUNK = 50_000
_COLUMNS = (
    "tier_id, counter, counted_since, since, grace_until, warned_at, granted_id, granted_until"
)
_CHANGES = """
INSERT INTO {changes} (
    account_id, from_tier_id, to_tier_id, reason, note, counter, at, recorded_at
)
SELECT account_id, old_tier, tier_id, reason, '', counter, since, {recorded_at}
FROM tier_next WHERE reason <> ''
"""
_STANDINGS = """
INSERT INTO {standings} (account_id, {columns}) SELECT account_id, {columns} FROM tier_next
WHERE true ON CONFLICT (account_id) DO UPDATE SET {assignments}
"""


def recompute(
    brand: Brand, now: datetime | None = None, among: QuerySet[Account] | None = None
) -> int:
    """Bring every account's standing up to ``now``; returns how many changed their tier.

    ``among`` narrows it to some accounts, as those of a batch of purchases.

    Doing it twice is doing it once, and the next run continues one that broke off. Each chunk in
    which somebody moved sends ``tier_changed``. A brand without a scheme has no tiers.
    """
    scheme = TierScheme.objects.select_related("brand").filter(brand=brand).first()
    if scheme is None:
        return 0
    rules = Rules(scheme, Ladder.of(brand.tiers.all()), now or timezone.now())
    return sum(_recompute(rules, accounts) for accounts in _chunks(brand, among))


def preview(
    scheme: TierScheme, tiers: Iterable[Tier] | None = None, now: datetime | None = None
) -> dict[tuple[str, str], int]:
    """How many accounts a recomputation would move, by (key of old tier, key of new); "": none.

    Takes scheme and tiers as they are in memory, saved or not (default: the stored tiers); writes
    nothing.
    """
    there = list(scheme.brand.tiers.all())
    tiers = there if tiers is None else list(tiers)
    rules = Rules(scheme, Ladder.of(tiers), now or timezone.now())
    keys = {Ladder.of([tier]).rungs[0].pk: tier.key for tier in [*there, *tiers]}
    select, params = next_standings(rules, _standing_accounts(scheme.brand))
    rows = run(
        f"SELECT old_tier, tier_id, COUNT(*) FROM ({select}) AS moved"  # noqa: S608
        " WHERE reason <> '' GROUP BY old_tier, tier_id",
        params,
    )
    return {(keys.get(old, ""), keys.get(new, "")): count for old, new, count in rows}


def _standing_accounts(brand: Brand, among: QuerySet[Account] | None = None) -> QuerySet[Account]:
    """The brand's accounts; one that was merged into another stands nowhere."""
    accounts = Account.objects.all() if among is None else among
    return accounts.filter(brand=brand, merged_into=None)


def _chunks(brand: Brand, among: QuerySet[Account] | None) -> Iterator[QuerySet[Account]]:
    """The brand's accounts by ranges of their numbers."""
    accounts = _standing_accounts(brand, among)
    last = 0
    while True:
        numbers = accounts.filter(pk__gt=last).order_by("pk").values("pk")[:CHUNK]
        end = numbers.aggregate(end=models.Max("pk"))["end"]
        if end is None:
            return
        yield accounts.filter(pk__gt=last, pk__lte=end)
        last = end


@transaction.atomic
def _recompute(rules: Rules, accounts: QuerySet[Account]) -> int:
    lock_table(TierStanding)
    select, params = next_standings(rules, accounts)
    chosen = f"SELECT * FROM ({select}) AS t WHERE differs"  # noqa: S608
    run(f"CREATE TEMPORARY TABLE tier_next AS {chosen}", params)
    last = _last_change()
    recorded_at = moment(timezone.now())
    run(_CHANGES.format(changes=TierChange._meta.db_table, recorded_at=recorded_at))
    run(
        _STANDINGS.format(
            standings=TierStanding._meta.db_table,
            columns=_COLUMNS,
            assignments=", ".join(f"{one} = excluded.{one}" for one in _COLUMNS.split(", ")),
        )
    )
    run("DROP TABLE tier_next")
    # Nobody else has written a change meanwhile: whoever does locks a standing first.
    changes = TierChange.objects.filter(pk__gt=last, pk__lte=_last_change())
    moved = changes.count()
    if moved:
        signals.tier_changed.send(sender=TierChange, changes=changes)
    return moved


def _last_change() -> int:
    return TierChange.objects.aggregate(last=models.Max("pk"))["last"] or 0
