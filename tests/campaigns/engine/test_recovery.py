"""After a crash: the journal tells what was begun; only that can be left unknown."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from campaigns import deliveries, dispatch, journal, lifecycle, recovery, unknowns
from campaigns.models import Campaign, UnknownDecision
from campaigns.outcomes import Outcome
from profiles.suppression import is_suppressed
from tests.campaigns.engine.batches import dead_worker, handing_off, journals, states
from tests.cast import Club

LONG = timedelta(hours=1)


def _ids(campaign: Campaign) -> list[int]:
    return list(campaign.deliveries.order_by("pk").values_list("pk", flat=True))


def test_only_the_mail_that_was_begun_is_left_unknown(campaign: Campaign) -> None:
    first, _second, _third = _ids(campaign)
    dead_worker(campaign, begun=[0, 1], ended=[Outcome(first, "accepted")])
    assert recovery.replay() == 1
    assert states(campaign) == ["accepted", "unknown", "planned"]
    assert campaign.deliveries.get(state="unknown").reason == "worker_lost"
    assert journals() == []


def test_a_replay_needs_no_lapsed_lease_and_changes_nothing_the_second_time(
    campaign: Campaign,
) -> None:
    dead_worker(campaign, begun=[0])
    assert recovery.reap()["unknown"] == 1
    assert recovery.reap(timezone.now() + LONG)["unknown"] == 0
    assert states(campaign) == ["unknown", "planned", "planned"]


def test_the_next_drain_takes_up_what_a_lost_worker_dropped(campaign: Campaign) -> None:
    dead_worker(campaign, begun=[0])
    assert dispatch.drain(campaign.pk) == 2
    assert states(campaign) == ["unknown", "accepted", "accepted"]


def test_a_refusal_that_only_the_journal_knows_suppresses(campaign: Campaign) -> None:
    first = _ids(campaign)[0]
    refused = Outcome(first, "rejected", "hard_bounce", "550 5.1.1 gone")
    dead_worker(campaign, begun=[0], ended=[refused])
    recovery.replay()
    delivery = campaign.deliveries.get(pk=first)
    assert (delivery.state, delivery.detail) == ("rejected", "550 5.1.1 gone")
    assert is_suppressed(delivery.member.email_key)


def test_after_the_machine_went_down_the_journal_proves_nothing_by_silence(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _ids(campaign)[0]
    dead_worker(campaign, begun=[0], ended=[Outcome(first, "accepted")])
    monkeypatch.setattr(journal, "_boot", lambda: "another start")
    assert recovery.replay() == 2
    assert states(campaign) == ["accepted", "unknown", "unknown"]


@pytest.mark.parametrize("tail", [b"B 1", b"E {", b"T torn"])
def test_half_a_line_was_never_acted_on(campaign: Campaign, tail: bytes) -> None:
    dead_worker(campaign, begun=[0])
    _append(tail)
    assert recovery.replay() == 1
    assert states(campaign) == ["unknown", "planned", "planned"]


@pytest.mark.parametrize("line", [b"B one two\n", b"E {\n", b"A \n", b"A 1 2\n"])
def test_a_line_that_nobody_can_read_leaves_the_batch_unknown(
    campaign: Campaign, line: bytes
) -> None:
    dead_worker(campaign)
    _append(line)
    assert recovery.replay() == 3


def _append(text: bytes) -> None:
    [path] = settings.REGULARS_JOURNALS.glob("*.journal")
    with Path(path).open("ab") as file:
        file.write(text)


def test_a_worker_that_lives_keeps_its_batch_however_late_it_is(campaign: Campaign) -> None:
    with journal.opened() as log:
        held = deliveries.claim(campaign, 2, log.open_batch())
        deliveries.begin_hand_off(held)
        log.begin(held.delivery_ids[:1])
        assert recovery.reap(timezone.now() + LONG)["unknown"] == 0
        assert states(campaign) == ["handing_off", "handing_off", "planned"]
        assert unknowns.stranded(campaign, timezone.now() + LONG).count() == 2
        deliveries.give_back(held.token)
        log.close_batch()


def test_the_batch_of_another_process_is_its_own_until_that_is_gone(campaign: Campaign) -> None:
    held = dead_worker(campaign, begun=[0])
    [path] = settings.REGULARS_JOURNALS.glob("*.journal")
    with _holding(path) as worker:
        assert recovery.reap(held.lease_until + LONG)["unknown"] == 0
        assert states(campaign) == ["handing_off"] * 3
        worker.kill()
        worker.wait()
        assert recovery.reap(held.lease_until + LONG)["unknown"] == 1
    assert states(campaign) == ["unknown", "planned", "planned"]


@contextmanager
def _holding(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds this journal's lock."""
    hold = "import fcntl,sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); "
    hold += "print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", hold, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdout
        assert worker.stdout.readline() == b"held\n"
        yield worker


def test_another_process_cannot_take_the_journal_of_one_that_lives(campaign: Campaign) -> None:
    with journal.opened() as log:
        log.open_batch()
        asked = "import fcntl,sys; fcntl.flock(open(sys.argv[1]), fcntl.LOCK_EX | fcntl.LOCK_NB)"
        done = subprocess.run([sys.executable, "-c", asked, str(log.path)], capture_output=True)
        assert b"BlockingIOError" in done.stderr
        log.close_batch()


def test_a_lapsed_claim_was_provably_not_sent(campaign: Campaign) -> None:
    held = deliveries.claim(campaign, 10, "elsewhere.1")
    assert recovery.reap(held.lease_until - timedelta(seconds=1))["released"] == 0
    assert recovery.reap(held.lease_until)["released"] == 3
    assert states(campaign) == ["planned"] * 3


def test_a_hand_off_that_no_journal_tells_of_is_unknown_once_its_lease_is_over(
    campaign: Campaign,
) -> None:
    held = handing_off(campaign)
    assert recovery.reap(held.lease_until - timedelta(seconds=1))["unknown"] == 0
    assert recovery.reap(held.lease_until)["unknown"] == 3
    assert dispatch.drain(campaign.pk) == 0


def test_what_a_host_out_of_reach_had_in_hand_waits_for_a_person(
    campaign: Campaign, club: Club
) -> None:
    held = deliveries.claim(campaign, 10, "elsewhere.1")
    deliveries.begin_hand_off(held)
    later = timezone.now() + LONG
    assert recovery.reap(later)["unknown"] == 0
    assert unknowns.stranded(campaign, later).count() == 3
    assert not lifecycle.is_finished(campaign)
    assert unknowns.declare_lost(campaign, club.approver, "The machine burnt.", later) == 3
    assert states(campaign) == ["unknown"] * 3
    decision = UnknownDecision.objects.get()
    assert (decision.deliveries, decision.why) == (3, "The machine burnt.")
