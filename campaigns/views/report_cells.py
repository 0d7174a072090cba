"""Numbers as the report screens show them: with what they divide by and where they lead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Sum
from django.urls import reverse

from campaigns import reports
from campaigns.models import Campaign, Delivery, HourlyTotal
from campaigns.reports import Figures, Share
from campaigns.views.report_words import KINDS, OF, reason, standing
from profiles.models import Brand

LISTED = ("accepted", "opened", "clicked", "redeemed")
COUNTED = (*LISTED, "audience", "planned", "trackable", "open")
# The others count all there is; only what members do is a sample of what they might do.
SAMPLED = ("opened", "clicked", "redeemed", "unsubscribed", "bounced", "complained")


@dataclass(frozen=True)
class Cell:
    """A figure, the address of the members behind it, and how much of it was simulated."""

    share: Share
    url: str
    simulated: int = 0

    @classmethod
    def of(cls, campaign: Campaign, figures: Figures, key: str) -> "Cell":
        """The cell of one campaign's figure."""
        return cls(figures[key], behind(campaign, key), figures.simulated.get(key, 0))

    @property
    def label(self) -> str:
        """What it is called where only the mails that went out stand."""
        return "Sent" if self.share.key == "accepted" else str(self.share.label)

    @property
    def of_words(self) -> str:
        """Whom it divides by: "trackable members"."""
        return OF.get(self.share.of_key, "")

    @property
    def is_sampled(self) -> bool:
        """Whether an interval says something about it."""
        return self.share.key in SAMPLED

    @property
    def is_not_reported(self) -> bool:
        """Whether nobody told: most transports never say what was delivered."""
        return self.share.key == "delivered" and not self.share.number

    @property
    def is_wholly_simulated(self) -> bool:
        """Whether the demo made all of it up."""
        return 0 < self.share.number <= self.simulated


@dataclass(frozen=True)
class Row:
    """One campaign in the list."""

    campaign: Campaign
    standing: str
    is_under_way: bool
    at: datetime | None
    cells: list[Cell]


def behind(campaign: Campaign, key: str) -> str:
    """Where the members behind a figure are listed."""
    return reverse("campaigns_report:members", args=[campaign.pk, key])


def campaign_rows(campaigns: Sequence[Campaign]) -> list[Row]:
    """One row per campaign, counted in one query."""
    numbers = {f"n_{key}": Count("pk", filter=reports.CONDITIONS[key]) for key in COUNTED}
    deliveries = Delivery.objects.filter(campaign__in=campaigns).order_by().values("campaign")
    names = list(numbers)
    counted = {
        pk: dict(zip(COUNTED, found, strict=True))
        for pk, *found in deliveries.annotate(**numbers).values_list("campaign", *names)
    }
    made_up = _simulated(campaigns)
    return [
        _row(campaign, counted.get(campaign.pk, {}), made_up.get(campaign.pk, {}))
        for campaign in campaigns
    ]


def group_rows() -> list[dict[str, Any]]:
    """One row per brand and group of campaigns that reached anybody."""
    return [
        {
            "brand": brand,
            "group": group,
            "cells": [_group_cell(brand, group, figures, key) for key in LISTED],
        }
        for brand in Brand.objects.order_by("name")
        for group, figures in reports.by_group(brand).items()
        if figures.counts["audience"]
    ]


def reasons(campaign: Campaign, figures: Figures) -> list[tuple[str, int, str]]:
    """Why members were skipped, the most frequent first: words, number, address."""
    ordered = sorted(figures.reasons.items(), key=lambda item: -item[1])
    return [
        (reason(code), number, behind(campaign, f"{reports.SKIPPED}{code}"))
        for code, number in ordered
    ]


def simulated(figures: Figures) -> list[tuple[str, int, int]]:
    """What the demo made up: words, how many, of how many."""
    return [
        (KINDS[key], number, figures.counts[key])
        for key, number in figures.simulated.items()
        if number and key in KINDS
    ]


def differences(campaign: Campaign) -> list[tuple[str, int, int]]:
    """Totals that do not match the deliveries: words, total, deliveries."""
    found = reports.reconcile(campaign).items()
    return [(KINDS[kind], total, counted) for kind, (total, counted) in found]


def _simulated(campaigns: Sequence[Campaign]) -> dict[int, dict[str, int]]:
    totals = HourlyTotal.objects.filter(campaign__in=campaigns, firsts_simulated__gt=0).order_by()
    found: dict[int, dict[str, int]] = {}
    for pk, kind, number in totals.values_list("campaign", "kind").annotate(
        Sum("firsts_simulated")
    ):
        found.setdefault(pk, {})[kind] = number
    return found


def _row(campaign: Campaign, counted: dict[str, int], made_up: dict[str, int]) -> Row:
    figures = Figures({key: counted.get(key, 0) for key in COUNTED}, {}, made_up)
    left, planned = figures.counts["open"], figures.counts["planned"]
    return Row(
        campaign=campaign,
        standing=standing(campaign, left, planned),
        is_under_way=bool(left) and campaign.state == Campaign.State.SENDING,
        at=campaign.business_at or campaign.started_at,
        cells=[Cell.of(campaign, figures, key) for key in LISTED],
    )


def _group_cell(brand: Brand, group: str, figures: Figures, key: str) -> Cell:
    url = reverse("campaigns_report:group_members", args=[brand.pk, group, key])
    return Cell(figures[key], url, figures.simulated.get(key, 0))
