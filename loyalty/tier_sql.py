"""The rule of ``loyalty.tier_moves`` as one SELECT that tells where accounts stand next.

Moments and ranks are written into the text as literals: they are made here, from datetimes and
integers. The text is the same for PostgreSQL and SQLite but for how a moment is written.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models
from django.db.models import QuerySet, Value
from django.db.models.functions import Cast, ExtractDay, ExtractMonth

from loyalty.bulk import Compiled
from loyalty.models import Entry, TierScheme, TierStanding
from loyalty.plain_sql import moment
from loyalty.tier_moves import NO_RANK, Ladder, Rung
from loyalty.tier_windows import EVERY_DAY, Window, shared_window, yearly_window, zone_of
from profiles.models import Account

# The sums are worked out once, not wherever they are used. Index entry_qualifying serves them,
# whose condition SQLite knows by its very words.
_NEXT = """
WITH members (account_id, wallet_id, birthday) AS ({members}),
windows AS (
    SELECT account_id, wallet_id, {since} AS window_since, {previous} AS previous,
        {edge_grace} AS edge_grace
    FROM members
),
counted AS MATERIALIZED (
    SELECT account_id, window_since, edge_grace, {counter} AS counter, {before} AS before
    FROM windows
),
held AS (
    SELECT counted.*, standing.account_id AS known, standing.tier_id AS old_tier,
        standing.counter AS old_counter, standing.counted_since, standing.since,
        standing.grace_until, standing.warned_at, standing.granted_id, standing.granted_until,
        {held} AS held, {granted} AS granted_rank, {earned} AS earned
    FROM counted LEFT JOIN {standings} AS standing ON standing.account_id = counted.account_id
),
judged AS (
    SELECT held.*,
        CASE WHEN granted_until > {now} AND granted_rank > earned
            THEN granted_rank ELSE earned END AS deserved,
        COALESCE(grace_until, CASE WHEN counted_since < window_since
            THEN edge_grace ELSE {grace} END) AS grace
    FROM held
),
moved AS (
    SELECT judged.*,
        CASE WHEN deserved > held THEN 'reached'
            WHEN deserved = held THEN ''
            WHEN granted_until <= {now} AND granted_rank = held THEN 'grant_over'
            WHEN grace <= {now} THEN 'lapsed'
            ELSE 'grace' END AS move
    FROM judged
)
SELECT account_id, old_tier,
    CASE WHEN move IN ('', 'grace') THEN old_tier ELSE {deserved} END AS tier_id,
    counter, {counted_since} AS counted_since,
    CASE move WHEN 'reached' THEN {now} WHEN 'grant_over' THEN granted_until
        WHEN 'lapsed' THEN CASE WHEN grace > since THEN grace ELSE {now} END
        ELSE COALESCE(since, {now}) END AS since,
    CASE move WHEN 'grace' THEN grace END AS grace_until,
    CASE move WHEN 'grace' THEN warned_at END AS warned_at,
    CASE WHEN granted_until > {now} THEN granted_id END AS granted_id,
    CASE WHEN granted_until > {now} THEN granted_until END AS granted_until,
    CASE move WHEN 'grace' THEN '' ELSE move END AS reason,
    known IS NULL OR move NOT IN ('', 'grace') OR counter <> old_counter
        OR (move = 'grace') <> (grace_until IS NOT NULL) OR granted_until <= {now}
        OR {recounted} AS differs
FROM moved
"""
_SUM = """CAST(COALESCE((
    SELECT SUM(entry.qualifying) FROM {entries} AS entry
    WHERE entry.wallet_id = windows.wallet_id AND NOT (entry.qualifying = 0)
        AND entry.qualified_at >= {first} AND entry.qualified_at {last}
), 0) AS bigint)"""

_NEVER = "CAST(NULL AS timestamptz)"


@dataclass(frozen=True)
class Rules:
    """What a recomputation goes by."""

    scheme: TierScheme
    ladder: Ladder
    now: datetime


def next_standings(rules: Rules, accounts: QuerySet[Account]) -> Compiled:
    """The SELECT: one row for each account, ``differs`` when it is not what is stored."""
    members, params = _members(rules.scheme, accounts)
    ladder, windowed = rules.ladder, _windows(rules)
    best = "CASE WHEN counted.counter >= before THEN counted.counter ELSE before END"
    text = _NEXT.format(
        members=members,
        **windowed,
        counter=_sum("window_since", f"<= {moment(rules.now)}"),
        standings=TierStanding._meta.db_table,
        held=_rank_of(ladder, "standing.tier_id"),
        granted=_rank_of(ladder, "standing.granted_id"),
        earned=_case(ladder, lambda rung: f"{best} >= {rung.threshold}", "rank", NO_RANK),
        deserved=_case(ladder, lambda rung: f"deserved = {rung.rank}", "pk", "NULL"),
        now=moment(rules.now),
    )
    return text, params


def _members(scheme: TierScheme, accounts: QuerySet[Account]) -> Compiled:
    """Accounts with their wallet and the day of their opening, as month × 100 + day."""
    day: Any = Value(0)
    if scheme.window == TierScheme.Window.ANNIVERSARY:
        zone = zone_of(scheme)
        month, day = (part("opened_at", tzinfo=zone) for part in (ExtractMonth, ExtractDay))
        day = Cast(month * 100 + day, models.IntegerField())
    rows = accounts.order_by().values_list("pk", "wallet__pk", day)
    sql, params = rows.query.get_compiler(connection=connection).as_sql()
    return sql, list(params)


def _windows(rules: Rules) -> dict[str, str]:
    if rules.scheme.window == TierScheme.Window.ROLLING:
        window = shared_window(rules.scheme, rules.now)
        return {
            "since": moment(window.since),
            "previous": _NEVER,
            "edge_grace": moment(window.edge_grace),
            "grace": moment(window.grace),
            "before": "0",
            "counted_since": _NEVER,
            "recounted": "counted_since IS NOT NULL",
        }
    return _yearly(rules) | {
        "grace": moment(shared_window(rules.scheme, rules.now).grace),
        "before": _sum("previous", "< windows.window_since"),
        "counted_since": "window_since",
        "recounted": "counted_since IS NULL OR counted_since <> window_since",
    }


def _yearly(rules: Rules) -> dict[str, str]:
    names = ("since", "previous", "edge_grace")
    if rules.scheme.window == TierScheme.Window.CALENDAR:
        window = shared_window(rules.scheme, rules.now)
        return {name: moment(getattr(window, name)) for name in names}
    windows = {
        str(day.month * 100 + day.day): yearly_window(rules.scheme, day, rules.now)
        for day in EVERY_DAY
    }
    return {name: _by_birthday(windows, name) for name in names}


def _by_birthday(windows: dict[str, Window], name: str) -> str:
    """A moment that hangs on the day of the opening, looked up in a literal table of 366."""
    edges = {day: getattr(window, name) for day, window in windows.items()}
    if connection.vendor == "postgresql":
        table = json.dumps({day: edge.isoformat() for day, edge in edges.items()})
        return f"CAST(jsonb '{table}' ->> CAST(birthday AS text) AS timestamptz)"
    adapt = connection.ops.adapt_datetimefield_value
    table = json.dumps({day: str(adapt(edge)) for day, edge in edges.items()})
    return f"""json_extract('{table}', '$."' || birthday || '"')"""


def _sum(first: str, last: str) -> str:
    return _SUM.format(entries=Entry._meta.db_table, first=f"windows.{first}", last=last)


def _rank_of(ladder: Ladder, column: str) -> str:
    return _case(ladder, lambda rung: f"{column} = {rung.pk}", "rank", NO_RANK)


def _case(ladder: Ladder, when: Callable[[Rung], str], then: str, otherwise: object) -> str:
    if not ladder.rungs:
        return f"CAST({otherwise} AS bigint)"
    cases = (f"WHEN {when(rung)} THEN {getattr(rung, then)}" for rung in ladder.rungs)
    return f"CASE {' '.join(cases)} ELSE {otherwise} END"
