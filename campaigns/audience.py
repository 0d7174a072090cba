"""Freezing the audience: everyone in the segment, planned, held out or skipped with one reason.

The whole audience is written by one INSERT … SELECT; no member passes through Python.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    Count,
    DateTimeField,
    F,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.lookups import LessThan
from django.utils import timezone

from campaigns.decisions import TRIAL_MULTIPLIER, decided, drawn, most_engaged_first
from campaigns.models import Campaign, CompiledEmail, Delivery, SendingRules
from campaigns.pacing import not_before
from campaigns.segments.compiling import members_of
from campaigns.sending_rules import rules_of
from campaigns.warm_up import cap_on
from loyalty.vouchers import issue_pairs
from profiles.models import Brand, Member
from profiles.time_zones import zone_named

State = Delivery.State
# A trial among fewer mails would tell nothing: limits are in percent of what came back.
TRIAL_FROM = 500
# Of the columns, those that follow from the decision; the others are expressions on members.
BY_DECISION = {
    "state": "CASE WHEN row_decision IN ('planned', 'held_out') THEN row_decision"
    " ELSE 'skipped' END",
    "reason": "CASE WHEN row_decision IN ('planned', 'held_out') THEN '' ELSE row_decision END",
    "wave": "CASE WHEN row_decision = 'planned' THEN row_wave ELSE 0 END",
}
# For the sorts and hash tables of one freeze, on PostgreSQL: its default of 4 MB sends the hash
# tables of a large club to disk, and looks consents up one by one.
FREEZE_MEMORY = "64MB"
TAKE_MEMORY = """SELECT set_config('work_mem', %s, true)
    WHERE pg_size_bytes(current_setting('work_mem')) < pg_size_bytes(%s)"""
FOREIGN = {"campaign", "member", "compiled_email"}


@dataclass(frozen=True)
class Frozen:
    """How many deliveries were written, and whether those of wave 0 go first as a trial."""

    rows: int
    trial: bool


def audience(campaign: Campaign) -> QuerySet[Member]:
    """The members the campaign is about, whether or not they may be mailed."""
    if campaign.segment:
        return members_of(campaign.segment)
    return Member.objects.filter(account__brand=campaign.brand_id)


def freeze(campaign: Campaign, compiled: Iterable[CompiledEmail], now: datetime) -> Frozen:
    """Write the deliveries. The caller holds the campaign's lock, in a transaction.

    Until that ends no other campaign of the brand freezes, so what one writes counts for the
    caps of the next.
    """
    _wait_for_others(campaign)
    rules = rules_of(campaign.brand)
    members = decided(audience(campaign), campaign, rules, now).order_by()
    if _warms_up(campaign, rules, now):
        members = most_engaged_first(members, now)
    share = _share_first(campaign, rules)
    rows = _insert(members, _rows(campaign, list(compiled), share, now))
    return Frozen(rows, _has_trial(campaign, share))


def forecast(campaign: Campaign, now: datetime) -> dict[str, int]:
    """How many members would be planned, held out, or skipped for each reason, now."""
    members = decided(audience(campaign), campaign, rules_of(campaign.brand), now)
    return dict(members.order_by().values_list("decision").annotate(Count("pk")))


def reserve_vouchers(campaign: Campaign) -> int:
    """Give every planned member a voucher of each offer that issues new ones."""
    offers = campaign.campaign_offers.filter(for_holders_only=False)
    offer_ids = list(offers.values_list("offer_id", flat=True))
    if not offer_ids:
        return 0
    planned = campaign.deliveries.filter(state=State.PLANNED).values_list("member_id", flat=True)
    return issue_pairs((o, member) for member in planned.iterator(2_000) for o in offer_ids)


def refresh_statistics() -> None:
    """Tell PostgreSQL's planner of the rows that a big freeze has written.

    Until its own vacuum comes round it would take a new offer for one that nobody holds, and read
    all of its vouchers for every batch: measured, 584 ms instead of 3.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE campaigns_delivery, loyalty_voucher")


def _wait_for_others(campaign: Campaign) -> None:
    """Lock the brand: one freeze at a time. SQLite has one writer anyhow.

    ``no_key``: rows that refer to the brand can be written meanwhile, members joining for one.
    """
    Brand.objects.select_for_update(no_key=True).get(pk=campaign.brand_id)


def _insert(members: QuerySet[Any], rows: dict[str, Any]) -> int:
    named = members.annotate(row_decision=F("decision"))
    named = named.annotate(**{f"row_{name}": row for name, row in rows.items()})
    chosen = named.values_list("row_decision", *[f"row_{name}" for name in rows])
    select, parameters = chosen.query.sql_with_params()
    # PostgreSQL would look every reason up once per column that mentions the decision.
    fence = " OFFSET 0" if connection.vendor == "postgresql" else ""
    values = {name: f"row_{name}" for name in rows} | BY_DECISION
    quote = connection.ops.quote_name
    columns = ", ".join(quote(f"{name}_id" if name in FOREIGN else name) for name in values)
    target, source = quote(Delivery._meta.db_table), f"({select}{fence}) AS decided"
    insert = f"INSERT INTO {target} ({columns}) SELECT {', '.join(values.values())} FROM {source}"  # noqa: S608 - names of columns, and SQL with parameters
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(TAKE_MEMORY, [FREEZE_MEMORY, FREEZE_MEMORY])
        cursor.execute(insert, parameters)
        return int(cursor.rowcount)


def _rows(
    campaign: Campaign, compiled: list[CompiledEmail], share: int, now: datetime
) -> dict[str, Any]:
    goes = not_before(campaign, now)
    at = campaign.business_at
    return {
        "campaign": Value(campaign.pk),
        "member": F("pk"),
        "occurrence": Value(0),
        "detail": Value(""),
        "compiled_email": _which_email(compiled),
        "tracked": _tracked(campaign),
        "wave": _wave(campaign, share),
        "not_before": goes,
        "attempt": Value(1),
        "tries": Value(0),
        "claim_token": Value(""),
        "planned_at": Value(now, output_field=DateTimeField()),
        "business_at": Value(at, output_field=DateTimeField()) if at else goes,
    }


def _share_first(campaign: Campaign, rules: SendingRules) -> int:
    own = campaign.first_percent
    return rules.first_percent if own is None else own


def _wave(campaign: Campaign, share: int) -> Case | Value:
    if not share:
        return Value(0)
    first = When(LessThan(drawn(campaign, TRIAL_MULTIPLIER), share), then=Value(0))
    return Case(first, default=Value(1), output_field=IntegerField())


def _has_trial(campaign: Campaign, share: int) -> bool:
    """Whether there is a trial; when there is none, everyone goes first."""
    planned = Delivery.objects.filter(campaign=campaign, state=State.PLANNED)
    enough = bool(share) and planned[:TRIAL_FROM].count() == TRIAL_FROM
    if enough and planned.filter(wave=0).exists():
        return True
    planned.filter(wave=1).update(wave=0)
    return False


def _warms_up(campaign: Campaign, rules: SendingRules, now: datetime) -> bool:
    today = timezone.localtime(now, zone_named(campaign.brand.time_zone)).date()
    return cap_on(rules, today) is not None


def _tracked(campaign: Campaign) -> Case | Value:
    if campaign.kind == Campaign.Kind.SERVICE:
        return Value(False)
    granted = When(tracking=Member.Tracking.GRANTED, then=Value(True))
    return Case(granted, default=Value(False), output_field=BooleanField())


def _which_email(compiled: list[CompiledEmail]) -> Case:
    """The mail in the member's language, else in the campaign's first one."""
    whens = []
    for email in compiled:
        tracking = Q(tracking=Member.Tracking.GRANTED)
        mine = tracking if email.tracked else ~tracking
        if len({other.tracked for other in compiled}) == 1:
            mine = Q()
        whens.append(When(mine & Q(language=email.language), then=Value(email.pk)))
    fallback = {email.tracked: email.pk for email in reversed(compiled)}
    if True in fallback:
        granted = When(tracking=Member.Tracking.GRANTED, then=Value(fallback[True]))
        whens.append(granted)
    return Case(*whens, default=Value(fallback[False]), output_field=IntegerField())
