"""What a campaign does with each member of its audience: plan, hold out or skip for one reason.

The first reason that applies counts: those of ``profiles.contactability``, then excluded, capped,
quiet, then the hold-out. All of it is one expression, which the database evaluates.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Mod, NullIf

from campaigns.models import OPEN_STATES, Campaign, Delivery, SendingRules
from campaigns.segments.compiling import condition
from profiles.contactability import with_block_reason
from profiles.models import Member

State = Delivery.State
EXCLUDED = "excluded"
CAPPED = "capped"
QUIET = "quiet"
WEEK = timedelta(days=7)
ENGAGED_WITHIN = timedelta(days=180)
COUNTED = [*OPEN_STATES, State.ACCEPTED, State.UNKNOWN]
# Hashes that any database can compute: multiplicative generators over member and campaign, by
# Park and Miller (1988) and by Fishman and Moore (1986). Hold-outs of different campaigns are
# different people, and who is held out says nothing about who goes first.
HOLD_OUT_MULTIPLIER, TRIAL_MULTIPLIER = 48_271, 742_938_285
CAMPAIGN_MULTIPLIER, PRIME = 69_621, 2_147_483_647


def decided(
    members: QuerySet[Member], campaign: Campaign, rules: SendingRules, now: datetime
) -> QuerySet[Any]:
    """Annotate ``decision``: planned, held_out or the reason for skipping."""
    service = campaign.kind == Campaign.Kind.SERVICE
    found = with_block_reason(members, None if service else campaign.topic, now)
    whens = _excluded(campaign)
    if not service:
        found = found.annotate(held=drawn(campaign, HOLD_OUT_MULTIPLIER))
        whens += [*_capped(campaign, now), *_quiet(rules, now)]
        whens.append(When(held__lt=campaign.holdout_percent, then=Value(State.HELD_OUT.value)))
    others = Case(*whens, default=Value(State.PLANNED.value), output_field=CharField())
    # Looks the reason up once, where "if it is not empty, then it" would do so twice.
    return found.annotate(decision=Coalesce(NullIf(F("block_reason"), Value("")), others))


def drawn(campaign: Campaign, multiplier: int) -> Mod:
    """A number from 0 to 99 for each member, the same whenever it is asked for."""
    seed = F("pk") * Value(multiplier) + Value(campaign.pk * CAMPAIGN_MULTIPLIER)
    return Mod(Mod(seed, Value(PRIME)), Value(100))


def most_engaged_first(members: QuerySet[Any], now: datetime) -> QuerySet[Any]:
    """Those who last clicked or opened first, then the newest members."""
    lately = Delivery.objects.filter(
        member=OuterRef("pk"), business_at__gt=now - ENGAGED_WITHIN
    ).order_by()
    last = lately.values("member").annotate(at=Max(Coalesce("first_clicked_at", "first_opened_at")))
    engaged = members.annotate(engaged_at=Subquery(last.values("at")))
    first: QuerySet[Any] = engaged.order_by(
        F("engaged_at").desc(nulls_last=True), "-created_at", "-pk"
    )
    return first


def _excluded(campaign: Campaign) -> list[When]:
    if campaign.excluded_segment is None:
        return []
    # A segment without rules is everyone.
    excluded = condition(campaign.excluded_segment) or Q(pk__isnull=False)
    return [When(excluded, then=Value(EXCLUDED))]


def _capped(campaign: Campaign, now: datetime) -> list[When]:
    """Who has got as many marketing mails within a week, or is about to, as they asked for."""
    if not campaign.weekly_cap_applies:
        return []
    mails = _marketing_since(now - WEEK).order_by().values("member")
    counted = Subquery(mails.annotate(n=Count("pk")).values("n"))
    # Mails are counted for those who set a cap only: the database looks at it first.
    over = Q(weekly_cap__isnull=False) & Q(weekly_cap__lte=Coalesce(counted, 0))
    return [When(over, then=Value(CAPPED))]


def _quiet(rules: SendingRules, now: datetime) -> list[When]:
    """Who was mailed, or is about to be, within the brand's hours of rest."""
    if not rules.rest_hours:
        return []
    mailed = Exists(_marketing_since(now - timedelta(hours=rules.rest_hours)))
    return [When(mailed, then=Value(QUIET))]


def _marketing_since(moment: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        member=OuterRef("pk"),
        state__in=COUNTED,
        business_at__gt=moment,
        campaign__kind=Campaign.Kind.MARKETING,
    )
