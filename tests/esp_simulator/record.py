"""What was accepted: on disk before anybody is told, and in short for the events that follow."""

import json
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.esp_simulator.letters import Letter


@dataclass(frozen=True, slots=True)
class Taken:
    """One accepted recipient, as far as events tell of it."""

    to: str
    custom_args: dict[str, str]
    message_id: str
    """SendGrid's id of the call."""
    smtp_id: str
    place: int
    """The recipient's number within the call."""
    at: float


class Record:
    """Two files that only grow, and the acceptances in memory."""

    def __init__(self, log: Path, calls: Path) -> None:
        self._log, self._calls_log = (
            os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644) for path in (log, calls)
        )
        self._lock = threading.Lock()
        self._calls = 0
        self.taken: list[Taken] = []

    def next_call(self) -> int:
        """Number a call, from one."""
        with self._lock:
            self._calls += 1
            return self._calls

    @property
    def calls(self) -> int:
        """How many calls have come in."""
        return self._calls

    def accept(
        self, call: int, message_id: str, letters: Sequence[Letter], *, bodies: bool
    ) -> None:
        """Put the recipients of a call on record."""
        now = time.time()
        lines = [_line(call, message_id, now, letter, bodies=bodies) for letter in letters]
        taken = [
            Taken(letter.to, letter.custom_args, message_id, letter.message_id, place, now)
            for place, letter in enumerate(letters)
        ]
        with self._lock:
            _write(self._log, "".join(lines))
            self.taken += taken

    def note_call(self, call: int, answer: str, accepted: int, deliveries: list[str]) -> None:
        """Note how a call with these deliveries is about to be answered."""
        told = {"call": call, "answer": answer, "accepted": accepted, "deliveries": deliveries}
        with self._lock:
            _write(self._calls_log, json.dumps({**told, "at": time.time()}) + "\n")


def _line(call: int, message_id: str, at: float, letter: Letter, *, bodies: bool) -> str:
    entry: dict[str, Any] = {
        "delivery": letter.custom_args.get("delivery", ""),
        "attempt": letter.attempt,
        "to": letter.to,
        "role": letter.role,
        "call": call,
        "message_id": message_id,
        "at": at,
        "custom_args": letter.custom_args,
        "headers": letter.headers,
    }
    return json.dumps({**entry, "mail": letter.mail} if bodies else entry) + "\n"


def _write(file: int, text: str) -> None:
    waiting = memoryview(text.encode())
    while waiting:
        waiting = waiting[os.write(file, waiting) :]
