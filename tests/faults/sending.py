"""Starting a small campaign in a test, and sending it to its end."""

from django.utils import timezone

from campaigns import dispatch, lifecycle, recovery
from campaigns.models import OPEN_STATES, Campaign, Delivery
from tests import cast
from tests.faults.crowd import crowd, due_campaign

ROUNDS = 60


def started(size: int) -> Campaign:
    """A campaign that has begun to be sent to that many members."""
    club = cast.club()
    crowd(club, size)
    campaign = lifecycle.start(due_campaign(club))
    assert campaign.deliveries.count() == size
    return campaign


def finish(campaign: Campaign) -> None:
    """Drain again and again, without waiting for the pauses of what was put off."""
    for _round in range(ROUNDS):
        open_ones = campaign.deliveries.filter(state__in=OPEN_STATES)
        if not open_ones.exists():
            return
        Delivery.objects.filter(state="deferred").update(deferred_until=timezone.now())
        recovery.reap()
        dispatch.drain(campaign.pk, 10)
    raise AssertionError(f"still open after {ROUNDS} drains: {lifecycle.progress(campaign)}")
