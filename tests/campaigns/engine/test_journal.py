"""The journal of hand-offs: one write a mail, and nothing without it."""

import errno
import os
import resource
import secrets
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from campaigns import dispatch, journal, lifecycle, rates
from campaigns.journal import Record, opened
from campaigns.models import Campaign
from campaigns.outcomes import Outcome
from tests.campaigns.engine.batches import journals, states
from tests.loyalty.threads import at_once

ODD = Outcome(2, "rejected", "refused", 'said "no"\nand 451 ñ \u2028 \x00')


def _left(log_of: list[Outcome]) -> str:
    """The journal of a worker that began 1, 2 and 3, told this, and is gone; its token."""
    with opened() as log:
        token = log.open_batch()
        for pk in (1, 2, 3):
            log.begin([pk])
            for outcome in log_of:
                if outcome.delivery_id == pk:
                    log.end(outcome)
    return token


def test_a_journal_lives_as_long_as_its_batch_is_not_settled(settings: Any) -> None:
    with opened() as log:
        assert journals() == [], "nothing to tell yet"
        token = log.open_batch()
        log.begin([1, 2])
        assert _text() == f"T {token} {journal._boot()}\nB 1 2\n"
        log.end(Outcome(1, "accepted"))
        assert _text().endswith("B 1 2\n"), "an end waits for the next line"
        log.begin([3])
        assert _text().endswith("B 1 2\nA 1\nB 3\n")
        log.close_batch()
        assert _text() == ""
        assert log.open_batch() != token
        log.close_batch()
    assert journals() == []


def _text() -> str:
    from django.conf import settings

    [path] = settings.REGULARS_JOURNALS.glob("*.journal")
    return str(Path(path).read_text())


def test_what_is_left_behind_is_read_once(settings: Any) -> None:
    token = _left([Outcome(1, "accepted"), ODD])
    assert journal.tokens_in_hand() == {token}
    assert list(journal.abandoned()) == [
        Record(token, complete=True, begun={1, 2, 3}, outcomes={1: Outcome(1, "accepted"), 2: ODD})
    ]
    assert list(journal.abandoned()) == []
    assert journal.tokens_in_hand() == set()


def test_of_two_who_read_a_journal_at_once_one_gets_it(settings: Any) -> None:
    tokens = {_left([]) for _time in range(5)}
    found = at_once(4, lambda _number: [record.token for record in journal.abandoned()])
    assert sorted(token for one in found for token in one) == sorted(tokens)


def test_wherever_a_journal_is_torn_it_tells_nothing_that_was_not_so(settings: Any) -> None:
    """A write that returned is there whole; one that was under way is there or not."""
    with opened() as log:
        log.open_batch()
        sizes = [len(_text())]
        log.begin([1])
        log.end(Outcome(1, "accepted"))
        sizes.append(len(_text()))
        log.begin([23])
        sizes.append(len(_text()))
        log.end(Outcome(23, "deferred", "dropped"))
    text = _text().encode()
    for length in range(sizes[0], len(text) + 1):
        [record] = journal._records(text[:length])
        assert record.complete
        assert record.begun == {1, 23} if length >= sizes[2] else record.begun <= {1, 23}
        assert record.begun >= ({1} if length >= sizes[1] else set())
        assert record.outcomes.keys() <= record.begun | {1}
        assert all(outcome.delivery_id in {1, 23} for outcome in record.outcomes.values())


def test_a_batch_that_was_never_named_is_nobodys(settings: Any) -> None:
    assert list(journal._records(b"")) == []
    assert list(journal._records(b"B 1\nA 1\n")) == []
    assert list(journal._records(b"T torn")) == []


def test_a_host_has_one_name_for_all_its_processes(settings: Any) -> None:
    name, (reader, writer) = journal.host_id(), os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, journal.host_id().encode())
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert os.read(reader, 100).decode() == name
    os.close(reader)
    os.close(writer)
    assert journal.is_of_this_host(f"{name}.1")
    assert not journal.is_of_this_host("elsewhere.1")


def test_of_two_who_name_a_host_at_once_the_first_is_right(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_late(_bytes: int) -> str:
        (settings.REGULARS_JOURNALS / "host").write_text("quicker")
        return "slower"

    monkeypatch.setattr(secrets, "token_hex", too_late)
    assert journal.host_id() == "quicker"
    assert [path.name for path in settings.REGULARS_JOURNALS.iterdir()] == ["host"]


def test_a_drain_leaves_no_journal_behind(campaign: Campaign) -> None:
    assert dispatch.drain(campaign.pk) == 3
    assert journals() == []


def test_a_disk_that_takes_not_even_the_batch_costs_nobody_their_mail(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: Path) -> tuple[Path, int]:
        return folder / "full.journal", os.open("/dev/full", os.O_RDWR)

    with monkeypatch.context() as patch:
        patch.setattr(journal, "_created", full)
        assert dispatch.drain(campaign.pk) == 0
    assert states(campaign) == ["planned"] * 3
    _says_so_until_there_is_room(campaign)


def test_a_folder_that_cannot_be_made_costs_nobody_their_mail(
    campaign: Campaign, settings: Any, tmp_path: Path
) -> None:
    folder = settings.REGULARS_JOURNALS
    (tmp_path / "file").touch()
    settings.REGULARS_JOURNALS = tmp_path / "file" / "journals"
    assert dispatch.drain(campaign.pk) == 0
    assert states(campaign) == ["planned"] * 3
    settings.REGULARS_JOURNALS = folder
    _says_so_until_there_is_room(campaign)


def test_what_could_not_be_begun_uses_up_no_rate(
    campaign: Campaign, settings: Any, tmp_path: Path
) -> None:
    campaign.rate_per_minute = 60
    campaign.save(update_fields=["rate_per_minute"])
    folder = settings.REGULARS_JOURNALS
    (tmp_path / "file").touch()
    with time_machine.travel(timezone.now(), tick=False):
        settings.REGULARS_JOURNALS = tmp_path / "file" / "journals"
        assert dispatch.drain(campaign.pk) == 0
        settings.REGULARS_JOURNALS = folder
        assert rates.take(campaign, 1).mails == 1


def _says_so_until_there_is_room(campaign: Campaign) -> None:
    campaign.refresh_from_db()
    assert "journal" in campaign.state_reason
    assert dispatch.drain(campaign.pk) == 3
    campaign.refresh_from_db()
    assert campaign.state_reason == ""


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
