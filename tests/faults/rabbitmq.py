"""A RabbitMQ node of one's own, out of Debian's package ``rabbitmq-server``.

It has its own name, ports, folder and port mapper (epmd), no plugin, and an account without rights
where the tests run as root. Nothing of it is left when its ``with`` block ends.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.processes import free_port, wait_until
from tests.servers import UNPRIVILEGED, listens

# Debian's /usr/sbin/rabbitmq-server would change to its own account and folders.
PROGRAMS = (Path("/usr/lib/rabbitmq/bin/rabbitmq-server"),)
PATIENCE = 60  # seconds for a start


def program() -> str:
    """Where RabbitMQ's start script is, or nothing."""
    found = next((str(path) for path in PROGRAMS if path.exists()), None)
    return found or shutil.which("rabbitmq-server") or ""


@dataclass
class RabbitMQ:
    """A node: its folder, ports, and its process while it runs."""

    folder: Path
    port: int
    environment: dict[str, str]
    account: dict[str, Any]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """The address for Celery."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def start(self) -> None:
        """Start, and return once it takes connections."""
        self.process = self.run(program())
        wait_until(lambda: listens(self.port), PATIENCE, "RabbitMQ to listen")

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash does."""
        self._end(signal.SIGKILL)

    def run(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a program of the node's, in a process group of its own."""
        with (self.folder / "output.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self.account,
            )

    def _end(self, number: int) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, number)
            self.process.wait(PATIENCE)
            self.process = None


@contextmanager
def rabbitmq() -> Iterator[RabbitMQ]:
    """Run a node. Raises RuntimeError when RabbitMQ is not installed."""
    if not program():
        raise RuntimeError("RabbitMQ is not installed (Debian: rabbitmq-server)")
    with tempfile.TemporaryDirectory(prefix="regulars-rabbitmq-", dir="/tmp") as name:
        folder = Path(name)
        account = _account()
        port, mapper_port = free_port(), free_port()
        node = RabbitMQ(folder, port, _environment(folder, port, mapper_port), account)
        _lay_out(node)
        # One that the node starts by itself would outlive it.
        mapper = node.run("epmd", "-port", str(mapper_port), "-address", "127.0.0.1")
        try:
            wait_until(lambda: listens(mapper_port), 20, "epmd to listen")
            node.start()
            yield node
        finally:
            node.kill()
            mapper.kill()
            mapper.wait()


def _account() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    owner = pwd.getpwnam(UNPRIVILEGED)
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _environment(folder: Path, port: int, mapper_port: int) -> dict[str, str]:
    own = {
        "NODENAME": f"regulars-{port}@localhost",
        "CONF_ENV_FILE": folder / "env.conf",
        "CONFIG_FILE": folder / "rabbitmq.conf",
        "ENABLED_PLUGINS_FILE": folder / "plugins",
        "MNESIA_BASE": folder / "data",
        "LOG_BASE": folder / "log",
        "PID_FILE": folder / "pid",
        "DIST_PORT": free_port(),
    }
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "ERL_EPMD_PORT": str(mapper_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        **{f"RABBITMQ_{key}": str(value) for key, value in own.items()},
    }


def _lay_out(node: RabbitMQ) -> None:
    """The node's files, in a folder that is its account's."""
    texts = {
        "env.conf": "",
        "plugins": "[].\n",
        "rabbitmq.conf": f"listeners.tcp.1 = 127.0.0.1:{node.port}\n",
    }
    for name, text in texts.items():
        (node.folder / name).write_text(text)
    if node.account:
        os.chown(node.folder, node.account["user"], node.account["group"])
