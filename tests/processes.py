"""Web, worker and beat as real processes of the checkout, started and cleanly ended by tests."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
QUEUES = "mailing,responses,default"


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Return once ``condition()`` holds; raise ``TimeoutError`` when ``seconds`` have passed."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.05)


def database_url() -> str:
    """Return the address of the database that the running test uses."""
    place = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{place['NAME']}"
    login = f"{place['USER']}:{place['PASSWORD']}" if place["PASSWORD"] else place["USER"]
    return f"postgresql://{login}@{place['HOST']}:{place['PORT']}/{place['NAME']}"


class Process:
    """One started process with everything below it, and the file its output goes to."""

    def __init__(
        self, name: str, command: list[str], environment: dict[str, str], log: Path
    ) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as output:
            self.popen = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The id of the process, which is also that of its group."""
        return self.popen.pid

    def signal(self, number: int) -> None:
        """Send a signal to the process and all its children; one that has ended is left alone."""
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return

    def kill(self) -> None:
        """End the whole group at once, as ``kill -9`` does."""
        self.signal(signal.SIGKILL)
        self.popen.wait()

    def stop(self, seconds: float = 10) -> None:
        """Ask politely, then insist; nothing of the group is left afterwards."""
        self.signal(signal.SIGCONT)
        self.popen.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(seconds)
        self.kill()

    def output(self) -> str:
        """Return what the process has said so far."""
        return self.log.read_text(errors="replace")


class Deployment:
    """The processes of one club on one database; use as a context manager."""

    def __init__(self, var: Path, url: str) -> None:
        self.var = var
        self.environment = {
            **os.environ,
            "REGULARS_VAR": str(var),
            "DATABASE_URL": url,
            "SECRET_KEY": settings.SECRET_KEY,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "site")]),
            "PYTHONUNBUFFERED": "1",
        }
        self.processes: list[Process] = []

    def __enter__(self) -> Self:
        for name in ("broker/messages", "broker/taken", "outbox"):
            shutil.rmtree(self.var / name, ignore_errors=True)
            (self.var / name).mkdir(parents=True)
        (self.var / "log").mkdir(exist_ok=True)
        return self

    def __exit__(self, *_error: object) -> None:
        # The database goes with the test, so nobody needs the seconds of a polite shutdown.
        for process in reversed(self.processes):
            process.kill()

    @property
    def outbox(self) -> Path:
        """Where the files transport of these processes writes."""
        return self.var / "outbox"

    def start(self, name: str, *arguments: str, **environment: str) -> Process:
        """Start ``python ARGUMENTS`` in the checkout, with more environment if given."""
        process = Process(
            name,
            [sys.executable, *arguments],
            {**self.environment, **environment},
            self.var / "log" / f"{name}-{len(self.processes)}.log",
        )
        self.processes.append(process)
        return process

    def worker(
        self,
        concurrency: int = 1,
        queues: str = QUEUES,
        more: Sequence[str] = (),
        **environment: str,
    ) -> Process:
        """Start a Celery worker, with ``more`` arguments, and return once it is ready."""
        arguments = ["-m", "celery", "-A", "config.celery", "worker", "-Q", queues]
        arguments += ["--concurrency", str(concurrency), "--without-gossip", "--without-mingle"]
        arguments += [
            "--without-heartbeat",
            "-l",
            "INFO",
            "-n",
            f"w{len(self.processes)}@%h",
            *more,
        ]
        process = self.start("worker", *arguments, **environment)
        self._await(process, lambda: " ready." in process.output())
        return process

    def beat(self, **environment: str) -> Process:
        """Start Celery beat."""
        return self.start("beat", "-m", "celery", "-A", "config.celery", "beat", **environment)

    def web(self, port: int | None = None, **environment: str) -> str:
        """Start the web server, wait until it answers, and return its base address."""
        number = str(port or free_port())
        base = f"http://127.0.0.1:{number}"
        environment = {"REGULARS_BASE_URL": base, **environment}
        arguments = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", number]
        arguments += ["--blocking-threads", "4", "config.wsgi:application"]
        process = self.start("web", "-m", "granian", *arguments, **environment)
        self._await(process, lambda: _answers(base))
        return base

    def _await(self, process: Process, ready: Callable[[], bool]) -> None:
        """Wait for a start; a process that ends instead is reported with its output."""
        wait_until(
            lambda: process.popen.poll() is not None or ready(), 60, f"{process.name} to start"
        )
        if process.popen.poll() is not None:
            raise RuntimeError(f"{process.name} ended at start:\n{process.output()}")


def _answers(base: str) -> bool:
    """Tell whether anything HTTP comes back; the status does not matter."""
    try:
        urllib.request.urlopen(base + "/staff/login/", timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
