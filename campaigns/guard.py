"""The guard: a campaign holds, and says why, when too many of its mails fare badly.

First goes the trial; the rest follows when nothing of it is on its way any more, its answers were
awaited, and the figures are within the brand's limits. While the campaign sends they are looked at
again and again. Whoever resumes a held campaign lets the counting begin anew.

A look must cost little beside a million mails. Bad news are few and have an index of their own.
Accepted mails only become more, so what one look counted serves the next ones; they are counted
anew when the bad ones have become so many that it matters.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db.models import Count, Q, QuerySet

from campaigns import lifecycle
from campaigns.lifecycle import REST, TRIAL
from campaigns.models import Campaign, Delivery, SendingRules
from campaigns.outcomes import AWAY_REASONS, HARD_BOUNCE, RENDER_FAILED
from campaigns.sending_rules import rules_of

State = Delivery.State
MINIMUM = 50  # mails judged before a share of them says anything
FEW = 3  # bad ones that count when the trial is over, however small it was
COMPLAINTS = 2  # one person's complaint holds nobody's campaign
STRANDED = timedelta(minutes=10)  # after its lease a hand-off is awaited no longer
# How many mails this process knows were accepted, at the least; by campaign and start of counting.
accepted_at_least: dict[tuple[int, datetime | None, datetime | None], int] = {}


@dataclass(frozen=True)
class Figure:
    """A share of mails that fared badly, beside its limit in percent.

    ``refused`` are those that are judged besides the accepted ones.
    """

    bad: int
    refused: int
    limit: float
    words: str
    least: int = 1

    @property
    def accepted_wanted(self) -> int:
        """How many accepted mails it takes to know that the limit holds; 0 without bad news."""
        if self.bad < self.least:
            return 0
        enough = ceil(self.bad * 100 / self.limit) if self.limit else 0
        return max(0, max(enough, MINIMUM) - self.refused)

    def is_over(self, accepted: int, *, at_the_end: bool) -> bool:
        """Whether the limit is passed; ``at_the_end`` of a trial few mails are enough."""
        judged = accepted + self.refused
        is_much = judged >= MINIMUM or (at_the_end and self.bad >= FEW)
        return is_much and self.bad >= self.least and self.bad * 100 > self.limit * judged

    def sentence(self, accepted: int) -> str:
        """The figure, what it is a share of, and the limit."""
        judged = accepted + self.refused
        told = self.words.format(bad=f"{self.bad:,}", judged=f"{judged:,}")
        share = _percent(self.bad * 100 / judged, self.limit)
        return f"{told}, {share} %; the limit is {self.limit:g} %."


def check(campaign: Campaign, now: datetime) -> None:
    """Hold a sending campaign that passed a limit; let the rest follow a good trial."""
    rules = rules_of(campaign.brand)
    trial_is_over = campaign.wave == TRIAL and _has_waited(campaign, rules, now)
    if reason := over_limit(campaign, rules, at_the_end=trial_is_over):
        lifecycle.hold(campaign, reason)
    elif trial_is_over:
        _let_the_rest_follow(campaign)


def over_limit(campaign: Campaign, rules: SendingRules, *, at_the_end: bool = False) -> str:
    """The first limit that the campaign passed, in words; empty when it keeps to all."""
    found = list(figures(campaign, rules))
    wanted = max(figure.accepted_wanted for figure in found)
    accepted = _accepted_up_to(campaign, wanted)
    over = [figure for figure in found if figure.is_over(accepted, at_the_end=at_the_end)]
    return over[0].sentence(_accepted(campaign).count()) if over else ""


def figures(campaign: Campaign, rules: SendingRules) -> Iterator[Figure]:
    """What is judged, since the start or since the campaign was resumed after holding."""
    refused = _refused_since(campaign)
    unwritten, gone = refused.get(RENDER_FAILED, 0), refused.get(HARD_BOUNCE, 0)
    tried = sum(refused.values()) - unwritten
    came_back = _came_back(campaign)
    limits = (rules.failed_percent, rules.bounced_percent, rules.complained_percent)
    yield Figure(tried, tried, limits[0], "{bad} of {judged} mails were refused")
    bounced = came_back["bounced"] + gone
    yield Figure(bounced, tried, limits[1], "{bad} of {judged} mails bounced")
    complained = came_back["complained"]
    words = "{bad} of {judged} mails brought a complaint"
    yield Figure(complained, 0, limits[2], words, least=COMPLAINTS)
    written = "{bad} of {judged} mails could not be written"
    yield Figure(unwritten, tried + unwritten, limits[0], written)


def _has_waited(campaign: Campaign, rules: SendingRules, now: datetime) -> bool:
    """Whether nothing of the trial is on its way, and its answers were awaited."""
    wait = timedelta(minutes=rules.first_wait_minutes)
    if campaign.wave_ended_at is None:
        if _trial_is_under_way(campaign, now, wait):
            return False
        rows = Campaign.objects.filter(pk=campaign.pk, wave=TRIAL, wave_ended_at=None)
        rows.update(wave_ended_at=now)
        campaign.wave_ended_at = now
    return campaign.wave_ended_at + wait <= now


def _trial_is_under_way(campaign: Campaign, now: datetime, wait: timedelta) -> bool:
    """Whether more of the trial is tried within the wait, or nothing of it was tried yet.

    Not awaited: mails that a server put off, and mails whose hour is later, in another time zone
    or tomorrow; they would keep the rest from going in its hour.
    """
    trial = campaign.deliveries.filter(wave=TRIAL)
    soon = Q(state=State.PLANNED, not_before__lte=now + wait)
    in_hand = Q(state__in=[State.CLAIMED, State.HANDING_OFF], lease_until__gt=now - STRANDED)
    untried = Q(state=State.DEFERRED, reason__in=AWAY_REASONS)
    if any(trial.filter(condition).exists() for condition in (soon, in_hand, untried)):
        return True
    if trial.filter(state__in=[State.ACCEPTED, State.REJECTED, State.UNKNOWN]).exists():
        return False
    return bool(trial.filter(state__in=[State.PLANNED, State.DEFERRED]).exists())


def _let_the_rest_follow(campaign: Campaign) -> None:
    """Once, and only while the campaign sends."""
    rows = Campaign.objects.filter(pk=campaign.pk, state=Campaign.State.SENDING, wave=TRIAL)
    if rows.update(wave=REST):
        campaign.wave = REST


def _refused_since(campaign: Campaign) -> dict[str, int]:
    before = campaign.refused_before
    return {
        reason: number - before.get(reason, 0)
        for reason, number in lifecycle.refusals(campaign).items()
    }


def _came_back(campaign: Campaign) -> dict[str, int]:
    """Bounces and complaints; the condition is that of their index."""
    reported = Q(bounced_at__isnull=False) | Q(complained_at__isnull=False)
    return (
        _accepted(campaign)
        .filter(reported)
        .aggregate(bounced=Count("bounced_at"), complained=Count("complained_at"))
    )


def _accepted_up_to(campaign: Campaign, wanted: int) -> int:
    """How many mails were accepted; may be less, but then it is no less than ``wanted``."""
    key = (campaign.pk, campaign.started_at, campaign.guarded_since)
    known = accepted_at_least.get(key, 0)
    if known < wanted:
        # Twice as many, so that a million mails are counted through but a few times.
        known = accepted_at_least[key] = _accepted(campaign)[: 2 * wanted].count()
    return known


def _accepted(campaign: Campaign) -> QuerySet[Delivery, str]:
    """The accepted mails, as a query that the index by state alone can answer."""
    rows = Delivery.objects.filter(campaign=campaign.pk, state=State.ACCEPTED).order_by()
    if campaign.guarded_since:
        rows = rows.filter(accepted_at__gte=campaign.guarded_since)
    return rows.values_list("state", flat=True)


def _percent(share: float, limit: float) -> str:
    """Two digits, or as many more as it takes to differ from the limit."""
    short = float(f"{share:.2g}")
    return f"{short:g}" if short != limit else f"{share:.4g}"
