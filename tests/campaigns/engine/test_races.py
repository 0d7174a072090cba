"""Workers that meet: each delivery, each connection and each moment of a rate is taken once."""

import time
from threading import Barrier, BrokenBarrierError, Event
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from campaigns import deliveries, last_check, lifecycle, rates, slots
from campaigns.deliveries import Claim
from campaigns.models import Campaign
from tests.campaigns import mails
from tests.campaigns.engine.batches import states, token
from tests.loyalty.threads import at_once

WORKERS = 6

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def test_each_delivery_is_claimed_by_one_worker(campaign: Campaign) -> None:
    claims = at_once(WORKERS, lambda number: deliveries.claim(campaign, 1, f"worker.{number}"))
    claims.append(deliveries.claim(campaign, 100, token()))
    taken = [pk for claim in claims for pk in claim.delivery_ids]
    assert sorted(taken) == sorted(campaign.deliveries.values_list("pk", flat=True))
    for claim in claims:
        rows = campaign.deliveries.filter(claim_token=claim.token)
        assert set(rows.values_list("pk", flat=True)) == set(claim.delivery_ids)


def test_workers_that_ask_at_once_share_one_rate(campaign: Campaign, settings: Any) -> None:
    settings.REGULARS_RATE_PER_SECOND = 50.0
    with time_machine.travel(timezone.now(), tick=False):
        grants = at_once(WORKERS, lambda _number: rates.take(campaign, 20))
    assert sum(grant.mails for grant in grants) == 50


def test_without_the_lock_on_its_clock_a_rate_would_be_taken_twice(
    campaign: Campaign, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REGULARS_RATE_PER_SECOND = 50.0
    together, turn = Barrier(2), rates._turn

    def turn_together(*told: Any) -> None:
        _meet(together)
        turn(*told)

    with time_machine.travel(timezone.now(), tick=False):
        rates.take(campaign, 10)
        monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_how: rows.all())
        monkeypatch.setattr(rates, "_turn", turn_together)
        grants = at_once(2, lambda _number: rates.take(campaign, 40))
    # SQLite has one writer, so there they cannot meet at all.
    told = sorted(grant.mails for grant in grants)
    assert told == ([40, 40] if connection.vendor == "postgresql" else [0, 40])


def test_workers_that_connect_at_once_hold_no_more_than_they_may(
    campaign: Campaign, settings: Any
) -> None:
    settings.REGULARS_CONNECTIONS = 3
    together = Barrier(WORKERS)

    def hold(_number: int) -> int | None:
        with slots.taken() as slot:
            together.wait(timeout=10)
            return slot.number if slot else None

    held = at_once(WORKERS, hold)
    assert sorted(number for number in held if number is not None) == [0, 1, 2]
    assert held.count(None) == 3


@pytest.mark.parametrize("stop", [lifecycle.pause, lifecycle.cancel])
def test_once_a_pause_has_returned_nothing_more_is_begun(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch, stop: Any
) -> None:
    """A last check that saw the campaign sending commits first; the pause waits for it."""
    held, looked, moments = mails.claimed(campaign), Event(), dict[str, float]()
    begin = deliveries.begin_hand_off

    def begin_slowly(claim: Claim) -> int:
        looked.set()
        time.sleep(0.3)
        moments["begun"] = time.monotonic()
        return begin(claim)

    def stop_then() -> None:
        looked.wait(10)
        stop(campaign)
        moments["stopped"] = time.monotonic()

    monkeypatch.setattr(deliveries, "begin_hand_off", begin_slowly)
    told = at_once(2, lambda n: last_check.begin_hand_off(campaign, held) if n else stop_then())
    assert told == [None, 3]
    assert moments["begun"] < moments["stopped"]
    assert states(campaign) == ["handing_off"] * 3


def _meet(together: Barrier) -> None:
    try:
        together.wait(timeout=1)
    except BrokenBarrierError:
        return
