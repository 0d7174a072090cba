"""Where the CPU goes while mails are sent: by part of a worker, and by process."""

import os
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")


class Split:
    """CPU seconds of this process by part. Parts do not nest: the innermost is charged."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._part = "rest"
        self._since = time.process_time()

    def enter(self, part: str) -> str:
        """Charge what passed to the part so far, and go on in ``part``; returns the former."""
        now, former = time.process_time(), self._part
        self.seconds[former] += now - self._since
        self._part, self._since = part, now
        return former

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """``function``, charged to ``part``."""

        def wrapped(*arguments: Any, **options: Any) -> Any:
            former = self.enter(part)
            try:
                return function(*arguments, **options)
            finally:
                self.enter(former)

        return wrapped


def watch_dispatch(split: Split) -> None:
    """Charge the parts of ``campaigns.dispatch`` in this process."""
    from campaigns import deliveries, dispatch, last_check

    deliveries.claim = split.timed("claim", deliveries.claim)
    last_check.begin_hand_off = split.timed("last check", last_check.begin_hand_off)
    dispatch.settle = split.timed("outcome", dispatch.settle)
    dispatch.facts_for = split.timed("facts", dispatch.facts_for)  # type: ignore[attr-defined]
    dispatch.write = split.timed("render", dispatch.write)
    dispatch.send = split.timed("transport", dispatch.send)


def family_cpu(pid: int) -> float:
    """CPU seconds of a process and everything below it, the ended included."""
    return sum(_cpu(child) for child in _family(pid))


def _family(pid: int) -> set[int]:
    parents = {int(path.name): _fields(path)[1] for path in Path("/proc").glob("[0-9]*")}
    family, grown = {pid}, True
    while grown:
        more = {child for child, parent in parents.items() if parent in family} - family
        family |= more
        grown = bool(more)
    return family


def _fields(path: Path) -> list[int]:
    """The numbers of /proc/PID/stat from the state on; zeros for a process that has gone."""
    try:
        text = (path / "stat").read_text()
    except OSError:
        return [0] * 20
    return [0, *(int(field) for field in text.rpartition(")")[2].split()[1:])]


def _cpu(pid: int) -> float:
    fields = _fields(Path("/proc") / str(pid))
    # utime, stime and those of ended children: fields 14 to 17 of proc(5), counted from the state
    return sum(fields[11:15]) / TICKS
