"""Campaigns that the guard looks at: how their mails fare, and what it makes of that."""

from datetime import UTC, datetime
from typing import Any

from campaigns import feedback, guard
from campaigns.feedback import Report
from campaigns.models import Campaign, Delivery
from profiles.models import Member
from tests.campaigns.forcing import force

TEN = datetime(2026, 11, 16, 10, tzinfo=UTC)


def again(campaign: Campaign) -> Campaign:
    """The campaign as the tick finds it."""
    found: Campaign = Campaign.objects.select_related("brand").get(pk=campaign.pk)
    return found


def fare(campaign: Campaign, count: int, of: str = "planned", **facts: Any) -> None:
    """Let so many of a campaign's mails fare like this."""
    rows = campaign.deliveries.filter(state=of, bounced_at=None, complained_at=None)
    chosen = list(rows.order_by("pk").values_list("pk", flat=True)[:count])
    assert len(chosen) == count
    force(Delivery.objects.filter(pk__in=chosen), **facts)


def report(campaign: Campaign, kind: str, count: int) -> None:
    """Let the mail provider tell of so many accepted mails that they bounced, or the like."""
    rows = campaign.deliveries.filter(state="accepted", bounced_at=None).order_by("pk")
    for pk in list(rows.values_list("pk", flat=True)[:count]):
        key = f"{kind}:{pk}"
        feedback.record(Report(pk, kind, key, occurred_at=TEN, source="sendgrid"))


def look(campaign: Campaign, now: datetime = TEN) -> Campaign:
    """Let the guard look at it, and see what it is then."""
    guard.check(again(campaign), now)
    return again(campaign)


def plan_more(campaign: Campaign, count: int) -> None:
    """So many more mails, as another occurrence to the same members."""
    members = Member.objects.order_by("pk")[:count]
    Delivery.objects.bulk_create(
        [Delivery(campaign=campaign, member=m, occurrence=1, business_at=TEN) for m in members]
    )
