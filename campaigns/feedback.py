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

from campaigns import deliveries
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
    # Who answers a mail has it. A voucher may be known from elsewhere.
    if delivery.state == Delivery.State.UNKNOWN and report.kind != Kind.REDEEMED:
        deliveries.prove(delivery.pk, Delivery.State.ACCEPTED)
    _add(delivery, report.kind, report.occurred_at, events=1)
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
        was_simulated = _is_simulated(delivery, report.kind, known)
        _add_first(delivery, report.kind, known, was_simulated, -1)
    _add_first(delivery, report.kind, report.occurred_at, report.simulated, 1)


def _is_simulated(delivery: Delivery, kind: str, at: datetime) -> bool:
    """Whether the response that gave the delivery its first time was a simulated one."""
    told = Response.objects.filter(delivery=delivery, kind=kind, occurred_at=at).order_by("pk")
    if kind in PEOPLES:
        told = told.exclude(actor=Actor.MACHINE)
    return bool(told.values_list("simulated", flat=True).first())


def _add_first(delivery: Delivery, kind: str, at: datetime, simulated: bool, number: int) -> None:
    _add(delivery, kind, at, firsts=number, firsts_simulated=number if simulated else 0)


def _add(delivery: Delivery, kind: str, at: datetime, **counts: int) -> None:
    total, _created = HourlyTotal.objects.get_or_create(
        campaign_id=delivery.campaign_id,
        hour=at.astimezone(UTC).replace(minute=0, second=0, microsecond=0),
        kind=kind,
    )
    HourlyTotal.objects.filter(pk=total.pk).update(
        **{name: F(name) + number for name, number in counts.items()}
    )
