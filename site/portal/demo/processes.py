"""Web server, worker and beat of the demo, as separate processes that end with it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings

from portal.demo.problems import DemoProblem

USUAL_PORT = 8000
START_SECONDS = 60
STOP_SECONDS = 10
CELERY = ("-m", "celery", "-A", "config.celery")


class DidNotStart(DemoProblem):
    """A process ended at once or never answered; the message holds the end of its log."""


def choose_port(wanted: int = USUAL_PORT) -> int:
    """Return the wanted port of the loopback interface if it is free, else another."""
    for port in (wanted, 0):
        with suppress(OSError), closing(socket.socket()) as probe:
            # As the server will do it: a port that was just given up is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise DidNotStart("There is no free port.")


class Processes:
    """The running club; use as a context manager: whatever happens, nothing is left running."""

    def __init__(self, port: int) -> None:
        self.base_url = f"http://localhost:{port}"
        self._port = port
        self._logs = settings.VAR_DIR / "log"
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start all and wait for the web server. Raises DidNotStart, with nothing left behind."""
        self._logs.mkdir(exist_ok=True)
        try:
            self._start_all()
        except BaseException:
            self.stop()
            raise

    def check(self) -> None:
        """Raise DidNotStart when a process has ended by itself."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise DidNotStart(f"The {name} process ended by itself.\n{self._end_of_log(name)}")

    def stop(self) -> None:
        """Ask every process to end, then insist; their children end with them."""
        for process in self._running.values():
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            _signal(process, signal.SIGKILL)
            process.wait()
        self._running.clear()

    def _start_all(self) -> None:
        # Its entries are all intervals: a fresh schedule loses nothing, a torn one stops beat.
        for schedule in Path(settings.VAR_DIR).glob("beat-schedule*"):
            schedule.unlink()
        port = str(self._port)
        web = ("--interface", "wsgi", "--host", "127.0.0.1", "--port", port, "--no-ws")
        self._start(
            "web", "-m", "granian", *web, "--blocking-threads", "4", "config.wsgi:application"
        )
        quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "INFO")
        queues = ("-Q", "mailing,responses,default", "--concurrency", "1")
        self._start("worker", *CELERY, "worker", *queues, *quiet)
        self._start("beat", *CELERY, "beat", "-l", "WARNING", "--pidfile=")
        self._await_web()

    def _start(self, name: str, *arguments: str) -> None:
        with self._log(name).open("wb") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603 - our own programs
                [sys.executable, *arguments],
                cwd=settings.BASE_DIR,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A group of its own: Ctrl-C reaches the demo alone, which then ends the others.
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(settings.BASE_DIR), str(settings.BASE_DIR / "site")])
        return {**os.environ, "PYTHONPATH": path, "REGULARS_BASE_URL": self.base_url}

    def _await_web(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(f"http://127.0.0.1:{self._port}/"):
            self.check()
            if time.monotonic() > deadline:
                raise DidNotStart(f"The web server does not answer.\n{self._end_of_log('web')}")
            time.sleep(0.2)

    def _log(self, name: str) -> Path:
        return Path(self._logs) / f"demo-{name}.log"

    def _end_of_log(self, name: str) -> str:
        log = self._log(name)
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return "\n".join(lines[-20:])


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own loopback address
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
