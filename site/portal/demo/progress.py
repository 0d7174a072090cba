"""What the demo says while it works: steps with their seconds, and counts of what is done."""

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO, TypeVar

from tqdm import tqdm

EVERY = 5  # seconds between two lines of a log
DOT = 2  # seconds between two signs of life of a step that is not counted
BLOCK = 1_000  # rows between two looks at the clock

Row = TypeVar("Row")


class Counter(Protocol):
    """Counts what is done."""

    def update(self, done: int = 1) -> object:
        """So many more are done."""


class Progress:
    """Prints steps and counts: a moving bar in a terminal, a line now and then in a log."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self.out = out
        self.started = time.monotonic()

    def say(self, text: str = "") -> None:
        """Print a line."""
        print(text, file=self.out, flush=True)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Name a step before it begins, show that it goes on, and tell how long it took."""
        begun, over = time.monotonic(), threading.Event()
        print(f"-- {title} …", file=self.out, end="", flush=True)
        dots = threading.Thread(target=self._dots, args=(over,), daemon=True)
        dots.start()
        try:
            yield
        except BaseException:
            self.say()
            raise
        finally:
            over.set()
            dots.join()
        self.say(f" {time.monotonic() - begun:.1f} s")

    def counted(self, title: str, rows: Iterable[Row], total: int, unit: str) -> Iterator[Row]:
        """Yield the rows and show how many have been taken."""
        block = BLOCK if total > BLOCK else 1
        with self.count(title, total, unit) as counter:
            for number, row in enumerate(rows, 1):
                yield row
                if not number % block:
                    counter.update(block)
            counter.update(total % block)

    @contextmanager
    def count(self, title: str, total: int, unit: str) -> Iterator[Counter]:
        """Show counts and rate while something is counted up to ``total``."""
        if self.out.isatty():
            with tqdm(total=total, desc=f"-- {title}", unit=f" {unit}", file=self.out) as bar:
                yield bar
            return
        lines = _Lines(self, title, total, unit)
        yield lines
        lines.tell()

    def _dots(self, over: threading.Event) -> None:
        while not over.wait(DOT):
            print(".", file=self.out, end="", flush=True)

    @property
    def seconds(self) -> float:
        """Return how long it has been since the start."""
        return time.monotonic() - self.started


class _Lines:
    """Counts, and prints a line every few seconds."""

    def __init__(self, progress: Progress, title: str, total: int, unit: str) -> None:
        self._progress, self._title, self._total, self._unit = progress, title, total, unit
        self._done = 0
        self._begun = self._told = time.monotonic()

    def update(self, done: int = 1) -> None:
        """So many more are done."""
        self._done += done
        if time.monotonic() - self._told > EVERY:
            self.tell()

    def tell(self) -> None:
        """Print how many are done, of how many, and how fast."""
        self._told = time.monotonic()
        rate = self._done / max(0.001, self._told - self._begun)
        counts = f"{self._done:,} of {self._total:,} {self._unit}"
        self._progress.say(f"-- {self._title}: {counts}, {rate:,.0f} a second")
