"""Making a campaign to a crowd, and waiting for it or sending it to its end."""

from django.utils import timezone

from campaigns import dispatch, lifecycle, recovery
from campaigns.models import OPEN_STATES, Campaign, Delivery
from tests import cast
from tests.faults.crowd import crowd, due_campaign
from tests.processes import wait_until
from tests.servers import MailOracle

ROUNDS = 60
PATIENCE = 120  # seconds for the end of a campaign
RESUMES = 60  # seconds within which sending begins, or goes on after a fault


def due(size: int) -> Campaign:
    """A campaign to that many members, which starts as soon as anybody looks."""
    club = cast.club()
    crowd(club, size)
    return due_campaign(club)


def started(size: int) -> Campaign:
    """A campaign that has begun to be sent to that many members."""
    campaign = lifecycle.start(due(size))
    assert campaign.deliveries.count() == size
    return campaign


def wait_for_mails(oracle: MailOracle, number: int) -> None:
    """Wait until the mail server has taken that many."""
    wait_until(lambda: len(oracle.accepted()) >= number, RESUMES, f"{number} accepted mails")


def wait_for_the_end(campaign: Campaign) -> None:
    """Wait until nothing is open any more, without the pauses of what was put off."""

    def is_over() -> bool:
        _forget_pauses()
        rows = campaign.deliveries
        return rows.exists() and not rows.filter(state__in=OPEN_STATES).exists()

    wait_until(is_over, PATIENCE, "the campaign to finish")


def finish(campaign: Campaign) -> None:
    """Drain again and again, without the pauses of what was put off."""
    for _round in range(ROUNDS):
        open_ones = campaign.deliveries.filter(state__in=OPEN_STATES)
        if not open_ones.exists():
            return
        _forget_pauses()
        recovery.reap()
        dispatch.drain(campaign.pk, 10)
    raise AssertionError(f"still open after {ROUNDS} drains: {lifecycle.progress(campaign)}")


def _forget_pauses() -> None:
    Delivery.objects.filter(state="deferred").update(deferred_until=timezone.now())
