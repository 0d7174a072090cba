"""The simulator's address: the mail API, and two doors of its own for tests."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.esp_simulator.emitting import emit
from tests.esp_simulator.orders import BadOrder
from tests.esp_simulator.problems import errors, problem
from tests.esp_simulator.simulator import Call, Reply, Simulator

SILENCE = 600  # seconds; longer than anybody waits
LONGEST_BODY = 100_000_000


class Server(ThreadingHTTPServer):
    """A thread per connection."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, simulator: Simulator) -> None:
        self.simulator = simulator
        super().__init__(("127.0.0.1", port), Handler)


class Handler(BaseHTTPRequestHandler):
    """One connection, kept alive between calls."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer is one write
    server: Server

    def do_POST(self) -> None:
        """Lead the request to its door."""
        doors = {"/v3/mail/send": self._send, "/control": self._control, "/emit": self._emit}
        door = doors.get(self.path)
        body = self._body()
        if door is None:
            self._answer(Reply("404", errors(problem("Not Found"))))
        elif body is None:
            self._answer(Reply("413", errors(problem("Request body too large"))))
        else:
            door(body)

    def do_GET(self) -> None:
        """Show the public key and the number of calls, and accepted recipients, so far."""
        simulator = self.server.simulator
        if self.path != "/control":
            self._answer(Reply("405", errors(problem("Method Not Allowed"))))
            return
        told = {"public_key": simulator.signing_key.public, "calls": simulator.record.calls}
        self._answer(Reply("200", {**told, "accepted": len(simulator.record.taken)}))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing: the calls are on record."""

    def _send(self, body: bytes) -> None:
        authorization = self.headers.get("Authorization", "")
        content_type = self.headers.get("Content-Type", "")
        reply = self.server.simulator.take(Call(authorization, content_type, body))
        if reply.what.isdigit():
            self._answer(reply)
            return
        if reply.what == "timeout":
            time.sleep(SILENCE)
        self.close_connection = True

    def _control(self, body: bytes) -> None:
        self._order(lambda told: asdict(self.server.simulator.foreman.change(told)), body)

    def _emit(self, body: bytes) -> None:
        self._order(lambda told: emit(self.server.simulator, told), body)

    def _order(self, obey: Callable[[Any], dict[str, Any]], body: bytes) -> None:
        try:
            done = obey(json.loads(body))
        except (BadOrder, ValueError) as error:
            self._answer(Reply("400", errors(problem(str(error)))))
        else:
            self._answer(Reply("200", done))

    def _body(self) -> bytes | None:
        """The request's body, or None when it is not even read."""
        length = int(self.headers.get("Content-Length") or 0)
        if length > LONGEST_BODY:
            self.close_connection = True
            return None
        return self.rfile.read(length)

    def _answer(self, reply: Reply) -> None:
        body = b"" if reply.body is None else json.dumps(reply.body).encode()
        self.send_response(int(reply.what))
        for name, value in {**reply.headers, "Content-Type": "application/json"}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
