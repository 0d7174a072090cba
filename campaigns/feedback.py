"""Records what came back. The only writer of responses, of their totals, and of the first times
that a delivery keeps.

One response is one transaction: its key (which makes a repetition the same response), the row, the
delivery's first time, and the hourly total. Late, repeated or shuffled reports therefore end in
the same figures as a clean run.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from campaigns.models import Delivery, HourlyTotal, Response, ResponseKey

Kind = Response.Kind
Actor = Response.Actor
FIRST_TIMES = {
    Kind.DELIVERED: "delivered_at",
    Kind.BOUNCED: "bounced_at",
    Kind.COMPLAINED: "complained_at",
    Kind.OPENED: "first_opened_at",
    Kind.CLICKED: "first_clicked_at",
    Kind.REDEEMED: "first_redeemed_at",
    Kind.UNSUBSCRIBED: "unsubscribed_at",
}
# What a machine does is recorded, but no delivery was opened or clicked by it.
PEOPLES = {Kind.OPENED, Kind.CLICKED}


@dataclass(frozen=True)
class Report:
    """One thing that came back. ``key`` makes it the same one when it is reported again."""

    delivery_id: int
    kind: str
    key: str
    occurred_at: datetime
    source: str
    link_id: int | None = None
    actor: str = Actor.UNKNOWN
    rule: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    simulated: bool = False


@transaction.atomic
def record(report: Report) -> bool:
    """Record a response; return False when it was recorded before or its delivery is unknown."""
    # The lock orders reports on one delivery, so that its first time and the totals agree.
    delivery = Delivery.objects.select_for_update().filter(pk=report.delivery_id).first()
    if delivery is None or not _is_new(report.key):
        return False
    Response.objects.create(
        delivery=delivery,
        kind=report.kind,
        occurred_at=report.occurred_at,
        source=report.source,
        actor=report.actor,
        rule=report.rule,
        link_id=report.link_id,
        detail=report.detail,
        simulated=report.simulated,
    )
    _add(delivery, report, report.occurred_at, events=1)
    _note_first(delivery, report)
    return True


def _is_new(key: str) -> bool:
    _row, created = ResponseKey.objects.get_or_create(key=key[:160])
    return created


def _note_first(delivery: Delivery, report: Report) -> None:
    """Keep the earliest time; an earlier one that is told late takes the first's place."""
    column = FIRST_TIMES.get(Kind(report.kind))
    if column is None or (report.kind in PEOPLES and report.actor == Actor.MACHINE):
        return
    known: datetime | None = getattr(delivery, column)
    if known is not None and known <= report.occurred_at:
        return
    Delivery.objects.filter(pk=delivery.pk).update(**{column: report.occurred_at})
    if known is not None:
        _add(delivery, report, known, firsts=-1)
    _add(delivery, report, report.occurred_at, firsts=1)


def _add(delivery: Delivery, report: Report, at: datetime, **counts: int) -> None:
    total, _created = HourlyTotal.objects.get_or_create(
        campaign_id=delivery.campaign_id,
        hour=at.astimezone(UTC).replace(minute=0, second=0, microsecond=0),
        kind=report.kind,
    )
    if report.simulated and "firsts" in counts:
        counts["firsts_simulated"] = counts["firsts"]
    HourlyTotal.objects.filter(pk=total.pk).update(
        **{name: F(name) + number for name, number in counts.items()}
    )
