"""Draining: batch after batch, and what is known survives whatever breaks."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError

from campaigns import deliveries, dispatch, recovery, transports
from campaigns.deliveries import Claim
from campaigns.journal import Journal
from campaigns.models import Campaign
from campaigns.outcomes import Outcome
from campaigns.slots import Slot
from campaigns.transports import Outgoing
from tests.campaigns.engine.batches import journals, states
from tests.campaigns.mails import Double


class Breaking(Double):
    """Hands one mail over, then breaks as no transport should."""

    def send(
        self, batch: Sequence[Outgoing], _deadline: float, journal: Journal
    ) -> Iterator[Outcome]:
        """Accept the first mail of the batch, begin the second."""
        journal.begin([batch[0].delivery_id])
        yield Outcome(batch[0].delivery_id, "accepted")
        journal.begin([batch[1].delivery_id])
        raise RuntimeError("broken")


class Hurried(Breaking):
    """Stops at its deadline after the first mail."""

    def send(
        self, batch: Sequence[Outgoing], _deadline: float, journal: Journal
    ) -> Iterator[Outcome]:
        """Accept the first mail of the batch."""
        journal.begin([batch[0].delivery_id])
        yield Outcome(batch[0].delivery_id, "accepted")


def test_what_is_known_survives_a_broken_transport(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transports, "current", Breaking)
    with pytest.raises(RuntimeError, match="broken"):
        dispatch.drain(campaign.pk)
    assert states(campaign) == ["handing_off"] * 3
    assert recovery.replay() == 1
    assert states(campaign) == ["accepted", "unknown", "planned"]


def test_what_was_not_begun_before_the_deadline_is_planned_again(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transports, "current", Hurried)
    assert dispatch.drain(campaign.pk, budget=5) == 3
    assert states(campaign) == ["accepted"] * 3


def test_when_the_database_cannot_take_the_outcomes_the_journal_keeps_them(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_arguments: Any) -> None:
        raise OperationalError("the server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(deliveries, "settle", away)
        with pytest.raises(OperationalError):
            dispatch.drain(campaign.pk)
    assert states(campaign) == ["handing_off"] * 3
    assert len(journals()) == 1
    assert dispatch.drain(campaign.pk) == 0
    assert states(campaign) == ["accepted"] * 3


def test_the_next_batch_is_what_a_worker_sends_in_a_second() -> None:
    work = dispatch._Drain(Hurried(), Journal())
    sizes = []
    for mails, seconds in ((100, 0.01), (400, 0.1), (1_600, 1.0), (1_600, 8.0), (200, 1_000.0)):
        work._measure(mails, seconds)
        sizes.append(work.batch_size)
    assert sizes == [400, 1_600, 1_600, 200, 1], "it grows fourfold at most"


def test_a_batch_is_no_larger_than_it_may_be(campaign: Campaign, settings: Any) -> None:
    settings.REGULARS_BATCH_SIZE = 2
    sizes: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deliveries, "claim", partial(_counted, sizes, deliveries.claim))
        assert dispatch.drain(campaign.pk) == 3
    assert sizes == [2, 1, 0]


def _counted(sizes: list[int], claim: Any, *told: Any) -> Claim:
    held: Claim = claim(*told)
    sizes.append(len(held.delivery_ids))
    return held


def test_without_time_nothing_is_claimed(campaign: Campaign) -> None:
    assert dispatch.drain(campaign.pk, budget=0) == 0
    assert states(campaign) == ["planned"] * 3


def test_nothing_is_begun_shortly_before_the_lease_ends(campaign: Campaign, settings: Any) -> None:
    settings.REGULARS_LEASE_SECONDS = dispatch.LEASE_RESERVE
    assert dispatch.drain(campaign.pk, budget=0.3) == 0
    assert states(campaign) == ["planned"] * 3
    settings.REGULARS_LEASE_SECONDS = dispatch.LEASE_RESERVE + 5
    assert dispatch.drain(campaign.pk) == 3


def test_who_lost_its_connection_to_another_stops(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Slot, "keep", lambda _slot: False)
    assert dispatch.drain(campaign.pk) == 0
    assert states(campaign) == ["planned"] * 3
