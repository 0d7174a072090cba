"""Draining: batch after batch, and what is known survives whatever breaks."""

import errno
import os
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Self

import pytest
from django.db import OperationalError

from campaigns import deliveries, dispatch, journal, lifecycle, recovery, transports
from campaigns.journal import Journal
from campaigns.models import Campaign
from campaigns.outcomes import Outcome
from campaigns.transports import Outgoing
from tests.campaigns.engine.batches import journals, states


class Breaking:
    """Hands one mail over, then breaks as no transport should."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        return None

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


def test_a_drain_leaves_no_journal_behind(campaign: Campaign) -> None:
    assert dispatch.drain(campaign.pk) == 3
    assert journals() == []


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


def test_a_full_disk_begins_nothing_and_says_so(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []

    def full(_file: int, lines: bytes) -> int:
        if lines.startswith(b"T"):
            return len(lines)
        written.append(len(lines))
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        assert dispatch.drain(campaign.pk) == 1, "the one that tells of it"
    assert written
    assert sorted(states(campaign)) == ["deferred", "planned", "planned"]
    campaign.refresh_from_db()
    assert "journal" in campaign.state_reason
    assert dispatch.drain(campaign.pk) == 2
    assert lifecycle.progress(campaign) == {"accepted": 2, "deferred": 1}


def test_a_journal_that_took_half_a_line_takes_no_more(settings: Any) -> None:
    settings.REGULARS_JOURNALS.mkdir()
    child = os.fork()
    if child == 0:
        os._exit(_beyond_the_limit(settings))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _beyond_the_limit(settings: Any) -> int:
    """In a process of its own, whose files may not grow beyond 100 bytes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    with journal.opened() as log:
        log.open_batch()
        for _time in range(2):
            try:
                log.begin([10**9, 10**9 + 1, 10**9 + 2])
            except journal.JournalError:
                continue
            print("a begin that is not on record", file=sys.stderr)
            return 1
        log.close_batch()
    return 0


def test_every_mail_costs_one_write_to_the_journal(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[bytes] = []
    real = os.write

    def heard(file: int, text: bytes) -> int:
        lines.append(text)
        return real(file, text)

    monkeypatch.setattr(os, "write", heard)
    assert dispatch.drain(campaign.pk) == 3
    kinds = [b"".join(line[:1] for line in text.splitlines()) for text in lines]
    batches = kinds.count(b"T")
    assert kinds.count(b"B") + kinds.count(b"AB") == 3
    assert kinds.count(b"A") == 1, "the last outcome of the batch"
    assert len(kinds) == 3 + 1 + batches
