"""Run every test: on SQLite, on PostgreSQL, then faults and browser on PostgreSQL with Valkey.

The servers come from the locked wheels and are started and stopped here. Arguments are passed
through to pytest, so ``python -m tests.run tests/loyalty -k refund`` runs a part of it everywhere.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from tests.faults import rabbitmq
from tests.processes import ROOT
from tests.servers import postgresql, valkey

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LACKING = {
    "BROWSER": "no chromium and chromedriver",
    "RABBITMQ": "no rabbitmq-server",
}
RABBITMQ_TEST = (
    "tests/faults/test_brokers.py::"
    "test_a_worker_and_its_broker_die_and_nobody_has_to_wait_long[rabbitmq]"
)
NO_TESTS = 5  # pytest's exit status when a selection is empty
PLAIN = "not browser and not fault"


@dataclass
class Phase:
    """One pytest run: where it ran, and what came of it."""

    place: str
    status: int
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def fine(self) -> bool:
        """A selection may be empty in a phase; anything else must pass."""
        return self.status in {0, NO_TESTS}


@dataclass
class Run:
    """All phases with the pytest arguments they share."""

    arguments: list[str]
    phases: list[Phase] = field(default_factory=list)

    def phase(self, place: str, marks: str, *more: str, **environment: str) -> None:
        """Run pytest in ``place`` with these markers and environment, and keep the counts."""
        print(f"\n== {place}: {marks}", flush=True)
        with tempfile.TemporaryDirectory(prefix="regulars-report-") as folder:
            report = Path(folder) / "report.xml"
            command = [sys.executable, "-m", "pytest", "-q", "-m", marks]
            command += [*more, f"--junitxml={report}", *self.arguments]
            status = subprocess.run(command, cwd=ROOT, env=_environment(environment)).returncode
            self.phases.append(_counted(Phase(place, status), report))


def main(arguments: list[str]) -> int:
    """Run all phases and return the exit status."""
    signal.signal(signal.SIGTERM, _stop)
    browser = _browser_version()
    run = Run(arguments)
    sqlite = f"SQLite {sqlite3.sqlite_version}"
    run.phase(sqlite, PLAIN, "-n", "2")
    with postgresql(durable=False) as server:
        quick = f"PostgreSQL {server.version}"
        run.phase(quick, PLAIN, "-n", "2", DATABASE_URL=server.url)
    with postgresql() as server, valkey() as (broker, version):
        place = f"PostgreSQL {server.version} and Valkey {version}"
        marks = "fault or browser" if browser else "fault"
        without = [] if rabbitmq.program() else [f"--deselect={RABBITMQ_TEST}"]
        run.phase(
            place, marks, "-n", "2", *without, DATABASE_URL=server.url, CELERY_BROKER_URL=broker
        )
    return _summary(run, {"BROWSER": browser, "RABBITMQ": rabbitmq.program()})


def _environment(extra: dict[str, str]) -> dict[str, str]:
    """This process's environment without the databases and brokers that it may name."""
    kept = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "CELERY_BROKER_URL"}}
    path = os.pathsep.join([str(ROOT), str(ROOT / "site")])
    return {**kept, "PYTHONPATH": path, "DATABASE_POOL_SIZE": "40", **extra}


def _counted(phase: Phase, report: Path) -> Phase:
    """Add up the suites of pytest's report; a run that died without one counts as one failure."""
    if not report.exists():
        phase.failed = int(not phase.fine)
        return phase
    for suite in _suites(report):
        count = {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors")}
        skipped = int(suite.get("skipped", "0"))
        failed = count["failures"] + count["errors"]
        phase.failed += failed
        phase.skipped += skipped
        phase.passed += count["tests"] - failed - skipped
    phase.failed = phase.failed or int(not phase.fine)
    return phase


def _suites(report: Path) -> Iterator[ElementTree.Element]:
    return ElementTree.parse(report).getroot().iter("testsuite")


def _browser_version() -> str:
    """Return the version of the Chromium to test with, or nothing when it or its driver lacks."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not program or not shutil.which("chromedriver"):
        return ""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return said.stdout.strip() or "Chromium"


def _summary(run: Run, installed: dict[str, str]) -> int:
    """Print what ran where, then the totals as the last line."""
    fine = all(phase.fine for phase in run.phases)
    print("\n== Summary")
    for phase in run.phases:
        counts = f"{phase.passed} passed, {phase.failed} failed, {phase.skipped} skipped"
        print(f"{'ok  ' if phase.fine else 'FAIL'} {phase.place}: {counts}")
    fine = _all_installed(installed) and fine
    totals = [sum(getattr(p, name) for p in run.phases) for name in ("passed", "failed", "skipped")]
    totals[1] += int(not fine and not totals[1])
    print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped", flush=True)
    return 0 if fine and totals[0] else 1


def _all_installed(installed: dict[str, str]) -> bool:
    """Say loudly which tests did not run for want of a program; under CI none may lack."""
    required = os.environ.get("CI") == "true"
    for name, found in installed.items():
        if found:
            print(f"ok   {name.lower()}: {found}")
        else:
            print(f"{'FAIL' if required else 'NOTE'} NO {name} TEST RAN: {LACKING[name]}")
    return all(installed.values()) or not required


def _stop(_number: int, _frame: FrameType | None) -> None:
    """Unwind on SIGTERM, so that the servers are stopped."""
    raise SystemExit(143)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
