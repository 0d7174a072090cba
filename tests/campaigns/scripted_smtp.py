"""A mail server that answers by script: any reply at any step, a drop, TLS or none.

The oracle judges real campaigns; this one plays the parts that a well-behaved server never would.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO

DROP = ""  # as a reply: hang up instead
CUT = "\0cut"  # at a reply's end: hang up there, its line unfinished
FINE = {
    "CONNECT": "220 script.example",
    "MAIL": "250 fine",
    "RCPT": "250 fine",
    "DATA": "354 go ahead",
    "BODY": "250 accepted",
    "RSET": "250 fine",
    "QUIT": "221 bye",
}


@dataclass
class Script:
    """What to say at each step, and what was heard. ``replies`` may be lists, used up in order."""

    replies: dict[str, str | list[str]] = field(default_factory=dict)
    extensions: tuple[str, ...] = ()
    tls: ssl.SSLContext | None = None
    pauses: dict[str, float] = field(default_factory=dict)
    """Seconds that a step takes."""
    commands: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    torn: list[bytes] = field(default_factory=list)
    """What was heard of bodies that never came to their final dot."""
    connections: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        """The address for ``SmtpTransport``."""
        return f"smtp://localhost:{self.port}"

    @property
    def mails(self) -> list[bytes]:
        """The bodies that were more than their final dot."""
        return [body for body in self.bodies if body]

    def reply(self, step: str) -> str:
        """The next reply at a step."""
        told = self.replies.get(step, FINE.get(step, "502 unknown"))
        if isinstance(told, list):
            return told.pop(0) if told else FINE[step]
        return told


@contextmanager
def scripted_smtp(script: Script) -> Iterator[Script]:
    """Serve the script on a thread until the block ends."""
    listener = socket.create_server(("localhost", 0))
    script.port = listener.getsockname()[1]
    thread = threading.Thread(target=_serve, args=(listener, script), daemon=True)
    thread.start()
    try:
        yield script
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _serve(listener: socket.socket, script: Script) -> None:
    with suppress(OSError):
        while True:
            connection, _peer = listener.accept()
            script.connections += 1
            with suppress(OSError, ValueError), connection:
                _converse(connection, script)


def _converse(connection: socket.socket, script: Script, step: str = "CONNECT") -> None:
    with connection.makefile("rb") as lines:
        while True:
            told = script.reply(step) if step != "EHLO" else _greeting(script)
            time.sleep(script.pauses.get(step, 0))
            if told == DROP or told.endswith(CUT):
                connection.sendall(told.removesuffix(CUT).encode())
                connection.shutdown(socket.SHUT_RDWR)
                return
            connection.sendall(told.encode() + b"\r\n")
            if step == "QUIT":
                return
            if step == "STARTTLS" and told.startswith("220") and script.tls:
                with script.tls.wrap_socket(connection, server_side=True) as secret:
                    _converse(secret, script, _next_step(secret.makefile("rb"), script, ""))
                return
            step = _next_step(lines, script, told)


def _next_step(lines: BinaryIO, script: Script, told: str) -> str:
    if told.startswith("354"):
        script.bodies.append(_body(lines, script))
        return "BODY"
    line = lines.readline()
    if not line:
        raise ConnectionResetError
    script.commands.append(line.decode().strip())
    return script.commands[-1].split()[0].upper()


def _body(lines: BinaryIO, script: Script) -> bytes:
    received = b""
    for line in iter(lines.readline, b".\r\n"):
        if not line:
            script.torn.append(received)
            raise ConnectionResetError
        received += line
    return received


def _greeting(script: Script) -> str:
    offered = ["script.example", *script.extensions]
    return "\r\n".join(["250-" + word for word in offered[:-1]] + ["250 " + offered[-1]])
