"""Leading planned deliveries into a state by legal moves, without a worker."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from campaigns.models import Delivery

ON_THE_WAY = ("claimed", "handing_off")


def walk(rows: QuerySet[Delivery], state: str, **columns: Any) -> None:
    """Move planned deliveries to ``state`` by way of claimed and handing_off."""
    chosen = Delivery.objects.filter(pk__in=list(rows.values_list("pk", flat=True)))
    for step in ON_THE_WAY:
        facts = columns if step == state else {}
        lease = timezone.now() + timedelta(minutes=1)
        chosen.update(**{"state": step, "lease_until": lease, **facts})
        if step == state:
            return
    accepted_at = timezone.now() if state == "accepted" else None
    chosen.update(state=state, lease_until=None, accepted_at=accepted_at, **columns)
