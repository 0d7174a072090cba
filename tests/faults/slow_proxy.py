"""A TCP proxy that takes its time, to be put in front of a server."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field

from tests.processes import wait_until

CHUNK = 65_536


@dataclass
class SlowProxy:
    """Listens on ``port``; what clients say reaches the server ``delay`` seconds later."""

    server: tuple[str, int]
    listener: socket.socket
    delay: float = 0.0
    most_open: int = 0
    _carried: set[socket.socket] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.listener.getsockname()[1])

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _address = self.listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def hang_up(self) -> None:
        """End every connection."""
        with self._lock:
            carried = list(self._carried)
        for client in carried:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        wait_until(lambda: not self._carried, 10, "the connections to end")

    def _carry(self, client: socket.socket) -> None:
        with self._lock:
            self._carried.add(client)
            self.most_open = max(self.most_open, len(self._carried))
        with suppress(OSError), closing(client), socket.create_connection(self.server) as up:
            threading.Thread(target=_copy, args=(up, client), daemon=True).start()
            while data := client.recv(CHUNK):
                time.sleep(self.delay)
                up.sendall(data)
        with self._lock:
            self._carried.discard(client)


@contextmanager
def slow_proxy(host: str, port: int) -> Iterator[SlowProxy]:
    """Run a proxy in front of that server; it is quick until told otherwise."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        proxy = SlowProxy((host, port), listener)
        threading.Thread(target=proxy.serve, daemon=True).start()
        try:
            yield proxy
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            proxy.hang_up()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
