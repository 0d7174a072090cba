"""How the mail oracle misbehaves: at which step, for which mails, how often.

The steps are ``greeting``, ``starttls``, ``sender``, ``recipient``, ``data`` (before the body),
``body`` (in it) and ``dot`` (after it). At each the oracle can give a reply, hang or drop.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

HANG, DROP = "hang", "drop"


@dataclass(frozen=True)
class Fault:
    """What happens at a step instead of what should."""

    reply: str
    """An SMTP reply, ``hang`` or ``drop``."""
    every: int = 1
    """Strike at each nth passage."""
    times: int = 0
    """Strike that often at most; 0 is no limit."""
    to: str = ""
    """Strike only where this pattern is found in the command, or among the recipients."""
    kept: bool = False
    """After the dot: whether the mail was accepted all the same."""


class Faults:
    """The faults that a file tells of; read anew when it changes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lenient = False
        self._version: tuple[int, int, int] | None = None
        self._faults: dict[str, Fault] = {}
        self._passages: Counter[str] = Counter()
        self._strikes: Counter[str] = Counter()

    def has(self, step: str) -> bool:
        """Whether anything may happen at a step."""
        self._refresh()
        return step in self._faults

    def at(self, step: str, about: str = "") -> Fault | None:
        """Count a passage of a step, and return the fault that strikes there."""
        self._refresh()
        fault = self._faults.get(step)
        if fault is None or (fault.to and not re.search(fault.to, about)):
            return None
        self._passages[step] += 1
        spent = fault.times and self._strikes[step] >= fault.times
        if spent or self._passages[step] % fault.every:
            return None
        self._strikes[step] += 1
        return fault

    def _refresh(self) -> None:
        with suppress(OSError):
            found = self.path.stat()
            version = (found.st_ino, found.st_mtime_ns, found.st_size)
            if version != self._version and self.path.is_file():
                self._version = version
                self._read(json.loads(self.path.read_text()))

    def _read(self, told: dict[str, dict[str, object]]) -> None:
        self.lenient = bool(told.pop("lenient", False))
        self._faults = {step: Fault(**facts) for step, facts in told.items()}  # type: ignore[arg-type]
        self._passages.clear()
        self._strikes.clear()


def tell(path: Path, faults: Mapping[str, Fault], *, lenient: bool = False) -> None:
    """Let the oracle that reads ``path`` misbehave so from now on."""
    told = {step: asdict(fault) for step, fault in faults.items()}
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({**told, "lenient": lenient}))
    fresh.replace(path)
