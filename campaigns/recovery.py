"""After a crash: what was dropped is taken up, what may have been sent is never sent again."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from campaigns import deliveries, journal
from campaigns.bounces import take_notice
from campaigns.journal import Record
from campaigns.models import Campaign, Delivery

State = Delivery.State


def reap(now: datetime | None = None) -> dict[str, int]:
    """Take up what was dropped: batches of lost workers, lapsed claims, deferrals that are due.

    What came back from a batch in flight after its campaign was cancelled is skipped, too.
    """
    now = now or timezone.now()
    unknown = replay() + _lose_without_journal(now)
    return {
        "unknown": unknown,
        "released": deliveries.release_lapsed(now),
        "due": deliveries.retry_due(now),
        "cancelled": sum(deliveries.cancel_open(campaign) for campaign in _cancelled_with_work()),
    }


def replay() -> int:
    """Settle this host's batches whose workers are gone; return how many became unknown."""
    return sum(_replay(record) for record in journal.abandoned())


def stranded(now: datetime) -> QuerySet[Delivery]:
    """Deliveries in handing_off past their lease: their journal is on a host out of reach.

    Or their worker is frozen. Either way nobody can say, and nothing is sent again.
    """
    return Delivery.objects.filter(state=State.HANDING_OFF, lease_until__lte=now)


@transaction.atomic
def _replay(record: Record) -> int:
    outcomes = record.outcomes.values()
    deliveries.settle(record.token, outcomes)
    take_notice(outcomes)
    if not record.complete:
        # The machine went down, and the journal's last lines with it: begun or not, who knows.
        return deliveries.lose(record.token)
    lost = deliveries.lose(record.token, record.unsettled)
    deliveries.give_back(record.token)
    return lost


def _lose_without_journal(now: datetime) -> int:
    """Lapsed hand-offs of this host that no journal tells of, which should not happen."""
    lapsed = stranded(now).order_by().values_list("claim_token", flat=True).distinct()
    tokens = {token for token in lapsed if journal.is_of_this_host(token)}
    return sum(deliveries.lose(token) for token in tokens - journal.tokens_in_hand())


def _cancelled_with_work() -> QuerySet[Campaign]:
    left = Delivery.objects.filter(state__in=[State.PLANNED, State.DEFERRED])
    cancelled: QuerySet[Campaign] = Campaign.objects.filter(state=Campaign.State.CANCELLED)
    return cancelled.filter(pk__in=left.values("campaign"))
