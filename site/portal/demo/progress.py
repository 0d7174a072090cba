"""What the demo says while it works: steps with their seconds, and bars for what is counted."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from tqdm import tqdm


class Progress:
    """Prints steps and bars; a bar moves in a terminal and is a few lines in a log."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self.out = out
        self.started = time.monotonic()

    def say(self, text: str = "") -> None:
        """Print a line."""
        print(text, file=self.out, flush=True)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Name a step before it begins, and tell how long it took."""
        begun = time.monotonic()
        print(f"-- {title} …", file=self.out, end="", flush=True)
        yield
        print(f" {time.monotonic() - begun:.1f} s", file=self.out, flush=True)

    @contextmanager
    def bar(self, title: str, total: int, unit: str) -> "Iterator[tqdm[None]]":
        """Show a bar with counts and rate while something is counted up to ``total``."""
        live = self.out.isatty()
        with tqdm(
            total=total,
            desc=f"-- {title}",
            unit=f" {unit}",
            file=self.out,
            ascii=not live,
            mininterval=0.2 if live else 5,
            ncols=None if live else 100,
        ) as bar:
            yield bar

    @property
    def seconds(self) -> float:
        """Return how long it has been since the start."""
        return time.monotonic() - self.started
