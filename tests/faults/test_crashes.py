"""A few of the crashes of ``make faults``, and the proof that its judge can find something."""

import os
import subprocess
import sys

import pytest

from tests.processes import ROOT

pytestmark = pytest.mark.fault


def _crash(*options: str) -> subprocess.CompletedProcess[str]:
    """Run the injections in a process of their own, on a PostgreSQL of their own."""
    unset = {"DATABASE_URL", "CELERY_BROKER_URL"}
    environment = {key: value for key, value in os.environ.items() if key not in unset}
    command = [sys.executable, "-m", "tests.faults.run", "--members", "500", *options]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )


def test_however_a_hand_off_is_torn_nobody_is_mailed_twice_or_forgotten() -> None:
    done = _crash("--injections", "40", "--database-share", "0.05")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 duplicates, 0 silent losses" in done.stdout


def test_without_the_journal_the_judge_finds_duplicates() -> None:
    done = _crash("--injections", "15", "--without-journal", "--database-share", "0")
    assert done.returncode == 1
    assert "were accepted twice" in done.stdout
