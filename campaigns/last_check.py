"""The last look before a batch goes: in the transaction that commits ``handing_off``.

Who withdrew consent, was suppressed or paused since the freeze is skipped; who may not get mail at
this hour, from this new sender today, or at this rate, waits. A pause, a cancellation and the stop
of all sending hold the whole batch back.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple, TypeVar

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from campaigns import deliveries, pacing, rates, switch, warm_up
from campaigns.compiled_emails import untracked_twins
from campaigns.deliveries import Claim
from campaigns.models import Campaign, Delivery
from profiles.contactability import with_block_reason
from profiles.models import Member

Waiting = Mapping[datetime, list[int]]
K = TypeVar("K", int, str)


class _Row(NamedTuple):
    """What is looked at of one delivery and its member, now."""

    delivery_id: int
    block_reason: str
    zone: str
    email: str
    tracking: str
    tracked: bool
    compiled_email_id: int | None


@transaction.atomic
def begin_hand_off(campaign: Campaign, held: Claim) -> int:
    """Commit ``handing_off`` for those who may be mailed now, and return how many they are.

    There are none, and all are planned again, when the campaign is no longer sending.
    """
    if not _is_sending(campaign) or switch.stopped():
        deliveries.give_back(held.token)
        return 0
    now = timezone.now()
    rows = _look(campaign, held, now)
    deliveries.skip(held, _grouped((row.block_reason, row.delivery_id) for row in rows))
    free = [row for row in rows if not row.block_reason]
    deliveries.untrack(held, _grouped(_withdrawn(campaign, free)))
    for waiting in _waiting(campaign, free, now):
        deliveries.postpone(held, waiting)
    return deliveries.begin_hand_off(held)


def _is_sending(campaign: Campaign) -> bool:
    """Look at the state under a lock that workers share, and that a pause must wait for."""
    if connection.vendor != "postgresql":
        # One writer at a time: nobody can change the state before this transaction ends.
        rows: QuerySet[Campaign] = Campaign.objects.filter(pk=campaign.pk)
        return rows.filter(state=Campaign.State.SENDING).exists()
    sql = "SELECT 1 FROM campaigns_campaign WHERE id = %s AND state = %s FOR SHARE"
    with connection.cursor() as cursor:
        cursor.execute(sql, [campaign.pk, Campaign.State.SENDING])
        return bool(cursor.fetchone())


def _look(campaign: Campaign, held: Claim, now: datetime) -> list[_Row]:
    topic = None if campaign.kind == Campaign.Kind.SERVICE else campaign.topic
    members = Member.objects.filter(
        deliveries__claim_token=held.token, deliveries__state=Delivery.State.CLAIMED
    )
    found = with_block_reason(members, topic, now).values_list(
        "deliveries__pk",
        "block_reason",
        "time_zone",
        "email",
        "tracking",
        "deliveries__tracked",
        "deliveries__compiled_email",
    )
    return [_Row(*row) for row in found]


def _withdrawn(campaign: Campaign, rows: Iterable[_Row]) -> Iterator[tuple[int, int]]:
    """Whose mail would be tracked although they took the permission back, by its twin."""
    late = [row for row in rows if row.tracked and row.tracking != Member.Tracking.GRANTED]
    twins = untracked_twins(campaign) if late else {}
    return ((twins[row.compiled_email_id or 0], row.delivery_id) for row in late)


def _waiting(campaign: Campaign, rows: Iterable[_Row], now: datetime) -> Iterator[Waiting]:
    """Who must wait, and until when, rule by rule; a rule counts only whom others let pass."""
    left = {row.delivery_id: row for row in rows}
    for rule in (_hours, _pace, _warmth):
        waiting = rule(campaign, left, now)
        for ids in waiting.values():
            for delivery_id in ids:
                del left[delivery_id]
        yield waiting


def _hours(campaign: Campaign, rows: Mapping[int, _Row], now: datetime) -> Waiting:
    return pacing.postponed(campaign, {pk: row.zone for pk, row in rows.items()}, now)


def _warmth(campaign: Campaign, rows: Mapping[int, _Row], now: datetime) -> Waiting:
    return warm_up.postponed(campaign, _domains(rows), now)


def _pace(campaign: Campaign, rows: Mapping[int, _Row], now: datetime) -> Waiting:
    return rates.postponed(campaign, _domains(rows), now)


def _domains(rows: Mapping[int, _Row]) -> dict[int, str]:
    return {pk: row.email.rpartition("@")[2].lower() for pk, row in rows.items()}


def _grouped(pairs: Iterable[tuple[K, int]]) -> dict[K, list[int]]:
    """Ids by key; what has an empty key belongs to no group."""
    groups: dict[K, list[int]] = defaultdict(list)
    for key, delivery_id in pairs:
        if key:
            groups[key].append(delivery_id)
    return groups
