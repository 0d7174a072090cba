"""What a campaign did, in figures that add up and open the members behind them.

Deliveries are counted by state, responses by the hourly totals. Every share says what it divides
by and carries its 95 % interval (Wilson score; Wilson 1927, Brown, Cai and DasGupta 2001).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from campaigns.models import OPEN_STATES, Campaign, Delivery, HourlyTotal, Response
from profiles.models import Brand, Member

State = Delivery.State
Kind = Response.Kind
Z = 1.959964  # the 97.5 % point of the normal distribution
SKIPPED = "skipped:"

# Each figure is a condition on deliveries: the number and the members behind it are one thing.
CONDITIONS: dict[str, Q] = {
    "audience": Q(),
    "open": Q(state__in=OPEN_STATES),
    "planned": ~Q(state__in=[State.SKIPPED, State.HELD_OUT]),
    "skipped": Q(state=State.SKIPPED),
    "held_out": Q(state=State.HELD_OUT),
    "accepted": Q(state=State.ACCEPTED),
    "rejected": Q(state=State.REJECTED),
    "unknown": Q(state=State.UNKNOWN),
    "deferred": Q(state=State.DEFERRED),
    "trackable": Q(state=State.ACCEPTED, tracked=True),
    "delivered": Q(delivered_at__isnull=False),
    "bounced": Q(bounced_at__isnull=False),
    "complained": Q(complained_at__isnull=False),
    "opened": Q(first_opened_at__isnull=False),
    "clicked": Q(first_clicked_at__isnull=False),
    "redeemed": Q(first_redeemed_at__isnull=False),
    "unsubscribed": Q(unsubscribed_at__isnull=False),
}
LABELS = {
    "audience": _("In the segment"),
    "planned": _("Planned"),
    "skipped": _("Skipped"),
    "held_out": _("Held out"),
    "open": _("Waiting"),
    "accepted": _("Accepted"),
    "rejected": _("Rejected"),
    "unknown": _("Unknown"),
    "deferred": _("Put off"),
    "trackable": _("Trackable"),
    "delivered": _("Delivered"),
    "bounced": _("Bounced"),
    "complained": _("Complained"),
    "opened": _("Opened"),
    "clicked": _("Clicked"),
    "redeemed": _("Redeemed"),
    "unsubscribed": _("Unsubscribed"),
}
# What a figure divides by. Opens and clicks are only known of members who allow them.
DENOMINATORS = {
    "planned": "audience",
    "skipped": "audience",
    "held_out": "audience",
    "accepted": "planned",
    "rejected": "planned",
    "unknown": "planned",
    "trackable": "accepted",
    "delivered": "accepted",
    "bounced": "accepted",
    "complained": "accepted",
    "opened": "trackable",
    "clicked": "trackable",
    "redeemed": "accepted",
    "unsubscribed": "accepted",
}
RESPONSES = [Kind.DELIVERED, Kind.OPENED, Kind.CLICKED, Kind.REDEEMED, Kind.UNSUBSCRIBED]


@dataclass(frozen=True)
class Share:
    """A number, what it divides by, and the share in percent with its interval."""

    key: str
    number: int
    of_key: str = ""
    of: int = 0

    @property
    def label(self) -> Any:
        """What it counts."""
        return LABELS.get(self.key, self.key)

    @property
    def of_label(self) -> Any:
        """What it divides by."""
        return LABELS.get(self.of_key, "")

    @property
    def percent(self) -> float | None:
        """The share in percent, or None when there is nothing to divide by."""
        return 100 * self.number / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval in percent."""
        if not self.of:
            return None
        # A response can overtake the hand-off it answers: for a moment there are more than all.
        share, n = min(1.0, self.number / self.of), self.of
        middle = share + Z * Z / (2 * n)
        reach = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
        low, high = ((middle + sign * reach) / (1 + Z * Z / n) for sign in (-1, 1))
        return max(0.0, 100 * low), min(100.0, 100 * high)

    @property
    def margin(self) -> float | None:
        """Half the interval's width in percentage points."""
        return None if self.interval is None else (self.interval[1] - self.interval[0]) / 2


@dataclass(frozen=True)
class Figures:
    """The figures of one or several campaigns."""

    counts: dict[str, int]
    reasons: dict[str, int]
    simulated: dict[str, int]

    def __getitem__(self, key: str) -> Share:
        of_key = DENOMINATORS.get(key, "")
        return Share(key, self.counts[key], of_key, self.counts.get(of_key, 0))

    def shares(self) -> list[Share]:
        """Every figure, in the order of the funnel."""
        return [self[key] for key in LABELS]

    @property
    def adds_up(self) -> bool:
        """Whether the parts make the whole; the reasons make the skipped."""
        counts = self.counts
        parts = ("open", "accepted", "rejected", "unknown")
        return (
            counts["planned"] == sum(counts[part] for part in parts)
            and counts["audience"] == counts["planned"] + counts["skipped"] + counts["held_out"]
            and counts["skipped"] == sum(self.reasons.values())
        )


def figures(campaign: Campaign) -> Figures:
    """The figures of one campaign."""
    return _figures(Delivery.objects.filter(campaign=campaign), [campaign.pk])


def by_group(brand: Brand) -> dict[str, Figures]:
    """The figures of the brand's campaigns, added up by the campaigns' group."""
    groups: dict[str, list[int]] = {}
    campaigns = Campaign.objects.filter(brand=brand).exclude(group="").order_by("group", "pk")
    for pk, group in campaigns.values_list("pk", "group"):
        groups.setdefault(group, []).append(pk)
    return {
        group: _figures(Delivery.objects.filter(campaign__in=pks), pks)
        for group, pks in groups.items()
    }


def deliveries_behind(campaign: Campaign, key: str) -> QuerySet[Delivery]:
    """The deliveries that a figure counts; ``skipped:<reason>`` for one reason. Raises KeyError."""
    rows = Delivery.objects.filter(campaign=campaign)
    if key.startswith(SKIPPED):
        return rows.filter(state=State.SKIPPED, reason=key.removeprefix(SKIPPED))
    return rows.filter(CONDITIONS[key])


def members_behind(campaign: Campaign, key: str) -> QuerySet[Member]:
    """The members that a figure counts. Raises KeyError for a figure that does not exist."""
    return Member.objects.filter(pk__in=deliveries_behind(campaign, key).values("member"))


def by_hour(campaign: Campaign) -> list[dict[str, Any]]:
    """First responses per hour and kind, for the chart: hour, kind, number."""
    rows = HourlyTotal.objects.filter(campaign=campaign, kind__in=RESPONSES)
    return [dict(row) for row in rows.order_by("hour", "kind").values("hour", "kind", "firsts")]


def reconcile(campaign: Campaign) -> dict[str, tuple[int, int]]:
    """Totals that differ from the deliveries they sum up: kind → (total, deliveries)."""
    totals = _totals([campaign.pk], "firsts")
    counted = figures(campaign).counts
    return {
        kind: (totals.get(kind, 0), counted[kind])
        for kind in (
            "delivered",
            "bounced",
            "complained",
            "opened",
            "clicked",
            "redeemed",
            "unsubscribed",
        )
        if totals.get(kind, 0) != counted[kind]
    }


def _figures(rows: QuerySet[Delivery], campaign_ids: Iterable[int]) -> Figures:
    counts = rows.aggregate(
        **{f"n_{key}": Count("pk", filter=condition) for key, condition in CONDITIONS.items()}
    )
    skipped = rows.filter(state=State.SKIPPED).order_by().values_list("reason")
    return Figures(
        counts={key: counts[f"n_{key}"] for key in CONDITIONS},
        reasons=dict(skipped.annotate(Count("pk"))),
        simulated=_totals(campaign_ids, "firsts_simulated"),
    )


def _totals(campaign_ids: Iterable[int], column: str) -> dict[str, int]:
    totals = HourlyTotal.objects.filter(campaign__in=list(campaign_ids))
    return dict(totals.order_by().values_list("kind").annotate(Sum(column)))
