"""``freeze``: the audience of a campaign written down, against a bare INSERT … SELECT of its rows.

PostgreSQL with fsync on. A club twice as large as the audience; a segment of three criteria (an
answer, a purchase, a topic) picks half of it. Some of those are suppressed, pause, never
subscribed, or have had their mail this week. The reference writes the very same rows into the same
table out of a table that holds nothing else; both are timed from BEGIN to the end of COMMIT, which
checks the foreign keys.

``python -m bench.freeze [--members 1000000] [--rounds 3] [--explain]``; the last line is one JSON
object. Figures are seconds: a ratio below 1.5 is the aim.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.ground import require_durable, stand_on
from bench.machine import machine
from tests.servers import postgresql


def main() -> None:
    """Measure and print."""
    options = _options()
    with postgresql() as server:
        stand_on(server.url)
        durable = require_durable()
        from bench.freeze_club import FreezeClub

        club = FreezeClub.of(options.members)
        decisions = _first(club, options)
        figures, references = _rounds(club, options)
        ratios = [a / b for a, b in zip(figures, references, strict=True)]
        result = {
            "bench": "freeze",
            "figure": round(statistics.median(figures), 3),
            "unit": "s",
            "reference": round(statistics.median(references), 3),
            "ratio": round(statistics.median(ratios), 3),
            "spread": [
                round(v, 3) for v in (min(figures), statistics.median(figures), max(figures))
            ],
            "machine": {
                **machine(),
                "postgresql": server.version,
                **durable,
                "members": options.members,
                "decisions": decisions,
            },
        }
        print(json.dumps(result))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure freezing an audience.")
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--explain", action="store_true", help="print the plan of one more round")
    return parser.parse_args()


def _first(club: Any, options: argparse.Namespace) -> dict[str, int]:
    """Freeze once to have the rows that the reference writes; not measured."""
    club.reset()
    if options.explain:
        club.explain()
    club.freeze()
    decisions: dict[str, int] = club.keep_rows()
    if sum(decisions.values()) != options.members:
        sys.exit(f"{decisions} is not an audience of {options.members}")
    print(f"decisions: {decisions}", flush=True)
    return decisions


def _rounds(club: Any, options: argparse.Namespace) -> tuple[list[float], list[float]]:
    figures: list[float] = []
    references: list[float] = []
    for number in range(options.rounds):
        pair = [(figures, club.freeze), (references, club.insert_bare)]
        # Whatever the machine does meanwhile hits both alike: they take turns in going first.
        for seconds, act in pair if number % 2 else reversed(pair):
            club.reset()
            seconds.append(_timed(act))
        print(
            f"round {number + 1} of {options.rounds}: {figures[-1]:.2f} s, "
            f"reference {references[-1]:.2f} s, ratio {figures[-1] / references[-1]:.2f}",
            flush=True,
        )
    return figures, references


def _timed(act: Callable[[], None]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
