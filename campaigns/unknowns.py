"""Deliveries of unknown fate: a person decides, and the decision stays on record.

An unknown mail may or may not have reached its member. An event of the ESP settles it by itself;
until then it is never sent again but by somebody's decision, which raises its attempt.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from campaigns import deliveries, recovery
from campaigns.models import Campaign, Delivery, UnknownDecision
from profiles.models import User

Decision = UnknownDecision.Decision


def open_unknowns(campaign: Campaign) -> QuerySet[Delivery]:
    """The campaign's deliveries of unknown fate about which nobody has decided."""
    rows = Delivery.objects.filter(campaign=campaign, state=Delivery.State.UNKNOWN)
    return rows.exclude(reason=deliveries.LEFT)


def stranded(campaign: Campaign, now: datetime) -> QuerySet[Delivery]:
    """Deliveries that a worker out of reach was handing over when its lease ran out."""
    return recovery.stranded(now).filter(campaign=campaign)


def send_again(
    campaign: Campaign, user: User, why: str, delivery_ids: Iterable[int] | None = None
) -> int:
    """Plan them anew, all or those named; return how many. A member may get the mail twice."""
    rows = _named(open_unknowns(campaign), delivery_ids)
    return _decide(campaign, user, why, Decision.SEND_AGAIN, lambda: deliveries.send_again(rows))


def leave(
    campaign: Campaign, user: User, why: str, delivery_ids: Iterable[int] | None = None
) -> int:
    """Leave them as they are, all or those named; return how many. A member may get no mail."""
    rows = _named(open_unknowns(campaign), delivery_ids)
    return _decide(campaign, user, why, Decision.LEAVE, lambda: deliveries.leave(rows))


def declare_lost(campaign: Campaign, user: User, why: str, now: datetime) -> int:
    """Say that the worker of the stranded deliveries will not come back: they become unknown."""
    rows = stranded(campaign, now)
    tokens = set(rows.order_by().values_list("claim_token", flat=True))
    return _decide(
        campaign,
        user,
        why,
        Decision.DECLARE_LOST,
        lambda: sum(deliveries.lose(token) for token in tokens),
    )


@transaction.atomic
def _decide(campaign: Campaign, user: User, why: str, decision: str, act: Callable[[], int]) -> int:
    count = act()
    if count:
        UnknownDecision.objects.create(
            campaign=campaign, decision=decision, deliveries=count, why=why, decided_by=user
        )
    return count


def _named(rows: QuerySet[Delivery], delivery_ids: Iterable[int] | None) -> QuerySet[Delivery]:
    return rows if delivery_ids is None else rows.filter(pk__in=list(delivery_ids))
