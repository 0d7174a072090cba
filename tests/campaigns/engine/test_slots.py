"""All workers together hold no more connections than they may."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from campaigns import dispatch, slots
from campaigns.models import Campaign, ConnectionSlot


@pytest.fixture(autouse=True)
def two(db: None, settings: Any) -> None:
    """Two connections for all."""
    settings.REGULARS_CONNECTIONS = 2


def test_a_third_worker_finds_no_connection() -> None:
    with slots.taken() as first, slots.taken() as second, slots.taken() as third:
        assert first
        assert second
        assert first.number != second.number
        assert third is None
    with slots.taken() as again:
        assert again


def test_a_worker_without_a_connection_sends_nothing(campaign: Campaign) -> None:
    with slots.taken(), slots.taken():
        assert dispatch.drain(campaign.pk) == 0
    assert dispatch.drain(campaign.pk) == 3


def test_a_dead_workers_connection_is_free_when_its_lease_is_over() -> None:
    with slots.taken() as dead, slots.taken():
        assert dead
        later = timezone.now() + timedelta(hours=1)
        with time_machine.travel(later, tick=False), slots.taken() as heir:
            assert heir
            assert heir.number == dead.number
            assert not dead.keep(), "it is another's now"
            assert heir.keep()


def test_a_kept_connection_stays_its_workers() -> None:
    with slots.taken() as one, slots.taken():
        assert one
        assert one.number is not None
        with time_machine.travel(timezone.now() + timedelta(seconds=59), tick=False):
            assert one.keep()
        with time_machine.travel(timezone.now() + timedelta(seconds=90), tick=False):
            ConnectionSlot.objects.exclude(number=one.number).update(
                lease_until=timezone.now() + timedelta(minutes=1)
            )
            with slots.taken() as other:
                assert other is None


def test_without_a_limit_nobody_waits(settings: Any) -> None:
    settings.REGULARS_CONNECTIONS = 0
    with slots.taken() as one, slots.taken() as two, slots.taken() as three:
        assert one
        assert one.keep()
        assert None not in (two, three)
    assert not ConnectionSlot.objects.exists()
