"""How many connections to the mail server all workers may hold together.

A connection is a numbered slot under a lease, taken by a conditional UPDATE; a dead worker's slot
is free again when its lease has run out. The only writer of ConnectionSlot.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from campaigns.models import ConnectionSlot

SKEW = timedelta(minutes=1)  # by which the clocks of two machines may differ


@dataclass(frozen=True)
class Slot:
    """A connection that one may hold; an unlimited one has no number."""

    number: int | None
    token: str = ""

    def keep(self) -> bool:
        """Renew the lease; False when it was lost meanwhile."""
        if self.number is None:
            return True
        mine = ConnectionSlot.objects.filter(number=self.number, token=self.token)
        return bool(mine.update(lease_until=timezone.now() + _lease()))


@contextmanager
def taken() -> Iterator[Slot | None]:
    """Take a slot for as long as the block runs; None when all are in use."""
    slot = _take() if settings.REGULARS_CONNECTIONS else Slot(None)
    try:
        yield slot
    finally:
        if slot and slot.number is not None:
            mine = ConnectionSlot.objects.filter(number=slot.number, token=slot.token)
            mine.update(token="", lease_until=None)


def _take() -> Slot | None:
    wanted = range(settings.REGULARS_CONNECTIONS)
    if ConnectionSlot.objects.count() < len(wanted):
        ConnectionSlot.objects.bulk_create(
            [ConnectionSlot(number=number) for number in wanted], ignore_conflicts=True
        )
    now, token = timezone.now(), secrets.token_hex(16)
    # A lease that no worker can have by this clock was taken before the clock was set back.
    wrong = Q(lease_until__gt=now + _lease() + SKEW)
    free = ConnectionSlot.objects.filter(Q(lease_until=None) | Q(lease_until__lte=now) | wrong)
    for number in (
        free.filter(number__in=wanted).order_by("number").values_list("number", flat=True)
    ):
        if free.filter(number=number).update(token=token, lease_until=now + _lease()):
            return Slot(number, token)
    return None


def _lease() -> timedelta:
    return timedelta(seconds=settings.REGULARS_LEASE_SECONDS)
