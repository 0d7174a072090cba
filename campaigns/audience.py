"""Freezing the audience: everyone in the segment, planned, held out or skipped with one reason.

The whole audience is written by one INSERT … SELECT; no member passes through Python.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    DateTimeField,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Mod

from campaigns.models import OPEN_STATES, Campaign, CompiledEmail, Delivery
from campaigns.segments.compiling import members_of
from loyalty.vouchers import issue_pairs
from profiles.contactability import with_block_reason
from profiles.models import Member

State = Delivery.State
CAPPED = "capped"
WEEK = timedelta(days=7)
# A hash that any database can compute: the minimal standard generator of Park and Miller (1988)
# over member and campaign, so that hold-outs of different campaigns are different people.
MULTIPLIER, CAMPAIGN_MULTIPLIER, PRIME = 48_271, 69_621, 2_147_483_647
FOREIGN = {"campaign", "member", "compiled_email"}
COUNTED = [*OPEN_STATES, State.ACCEPTED, State.UNKNOWN]


def audience(campaign: Campaign) -> QuerySet[Member]:
    """The members the campaign is about, whether or not they may be mailed."""
    if campaign.segment:
        return members_of(campaign.segment)
    return Member.objects.filter(account__brand=campaign.brand_id)


def freeze(campaign: Campaign, compiled: Iterable[CompiledEmail], now: datetime) -> int:
    """Write the deliveries; return how many. The caller holds the campaign's lock."""
    rows = _rows(campaign, list(compiled), now)
    columns = [f"{name}_id" if name in FOREIGN else name for name in rows]
    members = _decided(campaign, now).annotate(**{f"row_{name}": rows[name] for name in rows})
    query = members.order_by().values_list(*[f"row_{name}" for name in rows])
    sql, parameters = query.query.sql_with_params()
    quoted = ", ".join(connection.ops.quote_name(column) for column in columns)
    table = connection.ops.quote_name("campaigns_delivery")
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({quoted}) {sql}", parameters)
        return int(cursor.rowcount)


def forecast(campaign: Campaign, now: datetime) -> dict[str, int]:
    """How many members would be planned, held out, or skipped for each reason, now."""
    counts = _decided(campaign, now).order_by().values_list("decision").annotate(Count("pk"))
    return dict(counts)


def reserve_vouchers(campaign: Campaign) -> int:
    """Give every planned member a voucher of each offer that issues new ones."""
    offers = campaign.campaign_offers.filter(for_holders_only=False)
    offer_ids = list(offers.values_list("offer_id", flat=True))
    if not offer_ids:
        return 0
    planned = campaign.deliveries.filter(state=State.PLANNED).values_list("member_id", flat=True)
    return issue_pairs((o, member) for member in planned.iterator(2_000) for o in offer_ids)


def _decided(campaign: Campaign, now: datetime) -> QuerySet[Any]:
    """Annotate ``decision``: planned, held_out or the reason for skipping, in that order's end."""
    service = campaign.kind == Campaign.Kind.SERVICE
    members = with_block_reason(audience(campaign), None if service else campaign.topic, now)
    whens = [When(~Q(block_reason=""), then=F("block_reason"))]
    if not service:
        members = members.annotate(mailed_lately=_mailed_lately(now), drawn=_drawn(campaign))
        if campaign.weekly_cap_applies:
            whens.append(When(mailed_lately__gte=F("weekly_cap"), then=Value(CAPPED)))
        whens.append(When(drawn__lt=campaign.holdout_percent, then=Value(State.HELD_OUT.value)))
    decision = Case(*whens, default=Value(State.PLANNED.value), output_field=CharField())
    return members.annotate(decision=decision)


def _rows(
    campaign: Campaign, compiled: list[CompiledEmail], now: datetime
) -> dict[str, Case | Value | F]:
    kept = [State.PLANNED.value, State.HELD_OUT.value]
    return {
        "campaign": Value(campaign.pk),
        "member": F("pk"),
        "occurrence": Value(0),
        "state": Case(
            When(decision__in=kept, then=F("decision")), default=Value(State.SKIPPED.value)
        ),
        "reason": Case(When(decision__in=kept, then=Value("")), default=F("decision")),
        "detail": Value(""),
        "compiled_email": _which_email(compiled),
        "tracked": _tracked(campaign),
        "wave": Value(0),
        "not_before": Value(now, output_field=DateTimeField()),
        "attempt": Value(1),
        "tries": Value(0),
        "claim_token": Value(""),
        "planned_at": Value(now, output_field=DateTimeField()),
        "business_at": Value(campaign.business_at or now, output_field=DateTimeField()),
    }


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


def _mailed_lately(now: datetime) -> Coalesce:
    """How many marketing mails the member got, or is about to get, within a week."""
    mails = Delivery.objects.filter(
        member=OuterRef("pk"),
        state__in=COUNTED,
        business_at__gt=now - WEEK,
        campaign__kind=Campaign.Kind.MARKETING,
    )
    counted = mails.order_by().values("member").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def _drawn(campaign: Campaign) -> Mod:
    seed = F("pk") * Value(MULTIPLIER) + Value(campaign.pk * CAMPAIGN_MULTIPLIER)
    return Mod(Mod(seed, Value(PRIME)), Value(100))
