"""PostgreSQL crashes while points are earned and spent: what was answered is there, and adds up."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.processes import ROOT, wait_until
from tests.servers import PostgreSQL, postgresql

pytestmark = pytest.mark.fault

CRASHES = 2


def test_a_crash_between_any_two_writes_leaves_nothing_half_done(tmp_path: Path) -> None:
    answered = tmp_path / "answered"
    chance = random.Random(20261123)
    with postgresql() as server:
        _run(server, "prepare")
        for _number in range(CRASHES):
            before = _lines(answered)
            tills = [_start(server, "spend", answered, str(number)) for number in range(3)]
            wait_until(lambda: _lines(answered) > before + 20, 60, "some redemptions")  # noqa: B023
            time.sleep(chance.random() / 2)
            server.crash()
            for till in tills:
                assert till.wait(30) != 0
            server.restart()
            _run(server, "judge", answered)
        assert _lines(answered) > CRASHES * 20


def _run(server: PostgreSQL, what: str, *more: Path) -> None:
    process = _start(server, what, *more)
    assert process.wait(120) == 0, what


def _start(server: PostgreSQL, what: str, *more: Path | str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.faults.tills", server.url, what]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "site")])}
    return subprocess.Popen([*command, *more], cwd=ROOT, env=environment)


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0
