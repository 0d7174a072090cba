"""HTTP calls to the demo's own web server over several kept connections."""

import http.client
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CONNECTIONS = 4
TIMEOUT = 60  # seconds: SQLite may make a writer wait its turn


@dataclass(frozen=True)
class Call:
    """One request; ``path`` may be a whole address, of which only path and query count."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What came back for a call."""

    call: Call
    status: int
    text: str


class Caller:
    """Calls one server from a few threads, each with a connection of its own."""

    def __init__(self, base_url: str, connections: int = CONNECTIONS) -> None:
        self._host = urlsplit(base_url).netloc.replace("localhost", "127.0.0.1")
        self._connections = connections
        self._local = threading.local()

    def each(self, calls: Iterable[Call]) -> Iterator[Answer]:
        """Make the calls and yield their answers in the same order."""
        with ThreadPoolExecutor(self._connections) as threads:
            yield from threads.map(self.one, calls)

    def in_turn(self, turns: Iterable[list[Call]]) -> Iterator[list[Answer]]:
        """Make lists of calls side by side, those of one list one after the other."""
        with ThreadPoolExecutor(self._connections) as threads:
            yield from threads.map(lambda calls: [self.one(call) for call in calls], turns)

    def one(self, call: Call) -> Answer:
        """Make a call; one over a connection that was closed meanwhile is made again."""
        try:
            return self._call(call)
        except (http.client.HTTPException, OSError):
            self._local.connection = None
            return self._call(call)

    def _call(self, call: Call) -> Answer:
        connection = self._connection()
        parts = urlsplit(call.path)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(call.method, target, call.body or None, call.headers)
        response = connection.getresponse()
        return Answer(call, response.status, response.read().decode(errors="replace"))

    def _connection(self) -> http.client.HTTPConnection:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection(self._host, timeout=TIMEOUT)
            self._local.connection = connection
        return connection
