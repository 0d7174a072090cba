"""The club that ``freeze`` measures, its two ways of writing an audience, and the state between."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from bench.crowd import crowd
from campaigns import audience
from campaigns.compiled_emails import compile_campaign
from campaigns.models import Campaign, CompiledEmail, Delivery, Segment
from tests import cast
from tests.cast import Club

# Every second member likes cheese and so is in the segment; each has bought something lately.
PURCHASES = """
INSERT INTO loyalty_purchase (account_id, brand_id, source, external_id, request_hash, occurred_at,
    recorded_at, currency, total_minor, discount_minor)
SELECT id, brand_id, 'till', id, '', now() - (id % 80) * interval '1 day', now(), 'EUR', 900, 0
FROM profiles_account
"""
SUPPRESSIONS = """
INSERT INTO profiles_suppression (email_hash, reason, source, detail, created_at)
SELECT email_hash, 'hard_bounce', 'bench', '', now() FROM profiles_member WHERE id % 50 = 2
"""
WITHDRAWALS = "UPDATE profiles_subscription SET state = 'withdrawn' WHERE member_id % 50 = 8"
CAPS_AND_PAUSES = """
UPDATE profiles_member SET weekly_cap = CASE WHEN id % 10 = 4 THEN 1 END,
    paused_until = CASE WHEN id % 100 = 6 THEN now() + interval '9 days' END
WHERE id % 10 = 4 OR id % 100 = 6
"""
# One member in five has had a mail this week.
HISTORY = """
CREATE UNLOGGED TABLE bench_history AS
SELECT id AS member_id FROM profiles_member WHERE id % 20 IN (2, 4)
"""
REMEMBER = """
INSERT INTO campaigns_delivery (campaign_id, member_id, occurrence, state, reason, detail, tracked,
    wave, not_before, attempt, tries, claim_token, planned_at, business_at, accepted_at)
SELECT %s, member_id, 0, 'accepted', '', '', true, 0, now(), 1, 0, '', now(),
    now() - interval '3 days', now() FROM bench_history
"""


@dataclass(frozen=True)
class FreezeClub:
    """A campaign that is about half of a large club."""

    campaign: Campaign
    earlier: Campaign
    compiled: list[CompiledEmail]

    @classmethod
    def of(cls, members: int) -> "FreezeClub":
        """Migrate and fill the database for an audience of ``members``."""
        print("migrating", flush=True)
        call_command("migrate", verbosity=0)
        club = cast.club()
        print(f"making {2 * members:,} members", flush=True)
        crowd(club, 2 * members)
        _run(PURCHASES, SUPPRESSIONS, WITHDRAWALS, CAPS_AND_PAUSES, HISTORY)
        _run("VACUUM ANALYZE")
        campaign = cast.campaign(club, segment=_segment(club), holdout_percent=5)
        earlier = cast.campaign(club, name="Last week")
        with transaction.atomic():
            return cls(campaign, earlier, list(compile_campaign(campaign)))

    def reset(self) -> None:
        """Leave nothing of the last round behind: no rows, row locks or unwritten pages."""
        _run("TRUNCATE campaigns_delivery RESTART IDENTITY CASCADE")
        with connection.cursor() as cursor:
            cursor.execute(REMEMBER, [self.earlier.pk])
        _run("VACUUM ANALYZE campaigns_delivery, profiles_member, campaigns_campaign", "CHECKPOINT")

    def freeze(self) -> None:
        """What is measured."""
        with transaction.atomic():
            audience.freeze(self.campaign, self.compiled, timezone.now() + timedelta(seconds=1))

    def keep_rows(self) -> dict[str, int]:
        """Keep what was frozen for ``insert_bare``; how many rows there are by decision."""
        columns = _columns()
        _run(
            "DROP TABLE IF EXISTS bench_rows",
            f"CREATE TABLE bench_rows AS SELECT {columns} FROM campaigns_delivery"
            f" WHERE campaign_id = {self.campaign.pk}",
            "VACUUM ANALYZE bench_rows",
        )
        counted: dict[str, int] = {}
        for state, reason in Delivery.objects.filter(campaign=self.campaign).values_list(
            "state", "reason"
        ):
            counted[reason or state] = counted.get(reason or state, 0) + 1
        return counted

    def insert_bare(self) -> None:
        """The reference."""
        columns = _columns()
        with transaction.atomic():
            _run(f"INSERT INTO campaigns_delivery ({columns}) SELECT {columns} FROM bench_rows")

    def explain(self) -> None:
        """Print how the freeze is executed, then forget it."""
        with connection.execute_wrapper(_explained), transaction.atomic():
            self.freeze()
            transaction.set_rollback(True)


def _explained(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    if not sql.startswith('INSERT INTO "campaigns_delivery"'):
        return execute(sql, params, many, context)
    result = execute("EXPLAIN (ANALYZE, BUFFERS) " + sql, params, many, context)
    print("\n".join(row[0] for row in context["cursor"].fetchall()), flush=True)
    return result


def _segment(club: Club) -> Segment:
    cheese = club.aisles.choices.get(key="cheese")
    bought = {"what": "anything", "value": "", "at_least": 1, "days": 90}
    rules = [
        {"type": "answer", "value": {"choice": str(cheese.pk), "operator": "is"}},
        {"type": "purchase", "value": {**bought, "operator": "is"}},
        {"type": "topic", "value": {"topic": str(club.wine.pk), "operator": "is_not"}},
    ]
    return Segment.objects.create(brand=club.brand, name="Cheese", match="all", rules=rules)


def _columns() -> str:
    return ", ".join(f.attname for f in Delivery._meta.concrete_fields if not f.primary_key)


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
