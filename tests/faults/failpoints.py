"""Places in a hand-off where a worker may die, without a word of them in the code itself.

``arm(name, nth, proof)`` wraps the function behind a name; at its nth passage the process puts
the injection on record in ``proof`` and kills itself as ``kill -9`` does. What has not fired proves
nothing, so whoever injects looks at the record.
"""

import os
import signal
import smtplib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from campaigns import deliveries, dispatch, last_check
from campaigns.journal import Journal
from campaigns.transports.smtp_pipelined import PipelinedSession

END_OF_DATA = b"\r\n.\r\n"


class Failpoint:
    """Counts passages, and ends the process at one of them."""

    def __init__(self, name: str, nth: int, proof: Path) -> None:
        self.name, self.left, self.proof = name, nth, proof

    def pass_by(self) -> None:
        """One passage more."""
        self.left -= 1
        if self.left == 0:
            self.die()

    def die(self) -> None:
        """Put it on record, then die."""
        with self.proof.open("ab", buffering=0) as record:
            record.write(f"{self.name}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)

    def before(self, owner: Any, name: str) -> None:
        """Die when the function is called."""
        real = getattr(owner, name)

        def wrapped(*arguments: Any, **options: Any) -> Any:
            self.pass_by()
            return real(*arguments, **options)

        setattr(owner, name, wrapped)

    def after(self, owner: Any, name: str) -> None:
        """Die when the function has returned."""
        real = getattr(owner, name)

        def wrapped(*arguments: Any, **options: Any) -> Any:
            result = real(*arguments, **options)
            self.pass_by()
            return result

        setattr(owner, name, wrapped)

    def in_the_body(self, share: float) -> None:
        """Die when that share of a body has left; 1 is all of it, final dot included."""
        connected, send = PipelinedSession.__init__, smtplib.SMTP.send

        def cut(write: Callable[[bytes], None], data: bytes) -> None:
            end = data.find(END_OF_DATA) + len(END_OF_DATA)
            if end >= len(END_OF_DATA) and self.left == 1:
                write(data[: int(end * share)])
            if end >= len(END_OF_DATA):
                self.pass_by()
            write(data)

        def pipelined(session: PipelinedSession, connection: smtplib.SMTP) -> None:
            connected(session, connection)
            write = session._write
            setattr(session, "_write", partial(cut, write))  # noqa: B010

        def stepwise(connection: smtplib.SMTP, text: Any) -> None:
            data = text if isinstance(text, bytes) else str(text).encode()
            cut(lambda part: send(connection, part), data)

        setattr(PipelinedSession, "__init__", pipelined)  # noqa: B010
        setattr(smtplib.SMTP, "send", stepwise)  # noqa: B010


# Per name: how to arm it, and how often a drain passes it (per mail or per batch).
PER_MAIL, PER_BATCH = 40, 3
FAILPOINTS: dict[str, tuple[Callable[[Failpoint], None], int]] = {
    "after the claim": (lambda point: point.after(deliveries, "claim"), PER_BATCH),
    "before the hand-off commit": (
        lambda point: point.after(deliveries, "begin_hand_off"),
        PER_BATCH,
    ),
    "after the hand-off commit": (
        lambda point: point.after(last_check, "begin_hand_off"),
        PER_BATCH,
    ),
    "after writing the mails": (lambda point: point.after(dispatch, "write"), PER_BATCH),
    "after the envelope was taken": (lambda point: point.before(Journal, "begin"), PER_MAIL),
    "before the body": (lambda point: point.after(Journal, "begin"), PER_MAIL),
    "in the body": (lambda point: point.in_the_body(0.5), PER_MAIL),
    "after the final dot": (lambda point: point.in_the_body(1.0), PER_MAIL),
    "after the reply": (lambda point: point.before(Journal, "end"), PER_MAIL),
    "before the outcomes": (lambda point: point.before(dispatch, "settle"), PER_BATCH),
    "before the outcome commit": (lambda point: point.after(deliveries, "settle"), PER_BATCH),
    "after the outcome commit": (lambda point: point.after(dispatch, "settle"), PER_BATCH),
    "after the journal is wiped": (lambda point: point.after(Journal, "close_batch"), PER_BATCH),
}


def arm(name: str, nth: int, proof: Path) -> None:
    """Let this process die at the nth passage of a failpoint."""
    install, _passages = FAILPOINTS[name]
    install(Failpoint(name, nth, proof))
