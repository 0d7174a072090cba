"""Celery's way into campaigns: thin, content-free, safe to lose and to repeat."""

from celery import shared_task
from django.utils import timezone

from campaigns import dispatch, guard, lifecycle, recovery, switch
from campaigns.models import Campaign
from campaigns.webhooks import processing

HINT_LIFE = 10  # seconds; the next tick sends another


@shared_task
def tick() -> None:
    """Start what is due, look after what is sending, and hint the workers at what has work."""
    now = timezone.now()
    for campaign in lifecycle.due(now):
        start.apply_async((campaign.pk,), expires=HINT_LIFE)
    if not switch.stopped():
        for campaign in lifecycle.with_work(now):
            drain.apply_async((campaign.pk,), expires=HINT_LIFE)
    for campaign in lifecycle.under_way():
        guard.check(campaign, now)


@shared_task
def start(campaign_id: int) -> None:
    """Start a campaign whose time has come, and begin to send it."""
    if lifecycle.start(Campaign.objects.get(pk=campaign_id)).state == Campaign.State.SENDING:
        drain.apply_async((campaign_id,), expires=HINT_LIFE)


@shared_task
def drain(campaign_id: int) -> None:
    """Send a campaign's planned deliveries for a while."""
    dispatch.drain(campaign_id)


@shared_task
def reap() -> None:
    """Take up what lost workers dropped, and what was put off until now."""
    recovery.reap()


@shared_task
def process_events() -> None:
    """Process the ESP events that wait."""
    processing.process_waiting()
