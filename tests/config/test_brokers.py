"""A Celery worker, a real process, gets what another process has published."""

from pathlib import Path

import pytest

from tests.processes import Deployment, wait_until
from tests.servers import valkey

PROBE = "tests.config.probe"


def carries_messages(running: Deployment, target: Path, url: str = "filesystem://") -> bool:
    """Publish twenty tasks from one process and see twenty marks made by another."""
    publisher = running.start(
        "publisher", "-m", PROBE, str(target), "20", "mailing", CELERY_BROKER_URL=url
    )
    assert publisher.popen.wait(60) == 0, publisher.output()
    running.worker(more=["-I", PROBE], CELERY_BROKER_URL=url)
    wait_until(
        lambda: target.exists() and target.read_text().count("done") == 20, 30, "twenty marks"
    )
    return True


@pytest.fixture
def club(tmp_path: Path) -> Deployment:
    """A club of its own; these tasks never open its database."""
    return Deployment(tmp_path, f"sqlite:///{tmp_path / 'unused.sqlite3'}")


def test_embedded_broker_carries_messages_between_processes(
    club: Deployment, tmp_path: Path
) -> None:
    with club as running:
        assert carries_messages(running, tmp_path / "marks")
        assert not list((tmp_path / "broker" / "messages").iterdir())
        assert not list((tmp_path / "broker" / "taken").iterdir())


def test_embedded_broker_skips_files_that_are_no_messages(club: Deployment, tmp_path: Path) -> None:
    with club as running:
        waiting = tmp_path / "broker" / "messages"
        (waiting / "000000000000000_empty.mailing.msg").touch()
        (waiting / "000000000000001_broken.mailing.msg").write_bytes(b'{"body": \xff\xfe')
        (waiting / "000000000000002_other.mailing.msg").write_text('["not a message"]')
        assert carries_messages(running, tmp_path / "marks")


def test_valkey_carries_messages_between_processes(club: Deployment, tmp_path: Path) -> None:
    with valkey() as (url, _version), club as running:
        assert carries_messages(running, tmp_path / "marks", url)


def test_worker_leaves_no_process_behind(club: Deployment) -> None:
    with club as running:
        worker = running.worker(concurrency=2)
    assert worker.popen.poll() is not None
