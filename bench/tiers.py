"""``tiers``: every account's tier recomputed, and every lapsed lot booked, each in one go.

PostgreSQL with fsync on. A club of N accounts, each with eight entries that qualify over two
years and a lot that lapsed; with ``--matures`` a second one, too, that should have matured and then
lapsed, which makes three entries for each instead of one. Recomputing starts from no standings
at all, so that it writes a row and a change for each account; a second run, in which nothing is
left to do, is measured too. Expiry is shared by two workers, range by range, as Celery's share it,
and so is its reference. The references write the very same rows into the same tables, and make
the same updates, one statement a table out of tables that hold nothing else.

``python -m bench.tiers [--accounts 1000000] [--rounds 3] [--workers 2] [--matures]``; the last
line is one JSON object. Figures are seconds.
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
    parser = argparse.ArgumentParser(description="Measure tiers and expiry.")
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--window", default="calendar", help="rolling, calendar or anniversary")
    parser.add_argument("--workers", type=int, default=2, help="that share the expiry")
    parser.add_argument("--no-expiry", action="store_true", help="measure recomputing only")
    parser.add_argument("--matures", action="store_true", help="three entries each, not one")
    options = parser.parse_args()
    with postgresql() as server:
        stand_on(server.url)
        durable = require_durable()
        from bench.tiers_club import TiersClub

        club = TiersClub.of(options.accounts, options.window, options.workers, options.matures)
        recomputed = _rounds(club, "recompute", options)
        again = _timed(club.recompute)
        print(f"recomputing when nothing is left to do: {again:.2f} s", flush=True)
        expired = None if options.no_expiry else _rounds(club, "expire", options)
        result = {
            "bench": "tiers",
            **recomputed,
            "unit": "s",
            "again": round(again, 3),
            "expiry": expired,
            "machine": {
                **machine(),
                "postgresql": server.version,
                **durable,
                "accounts": options.accounts,
                "window": options.window,
                "workers": options.workers,
                "matures": options.matures,
                "rows": club.rows,
            },
        }
        print(json.dumps(result))


def _rounds(club: Any, what: str, options: argparse.Namespace) -> dict[str, Any]:
    """Measure one of the two against its reference, which takes turns in going first."""
    act, bare = getattr(club, what), getattr(club, f"{what}_bare")
    club.reset(what)
    act()
    club.keep_rows(what)
    figures: list[float] = []
    references: list[float] = []
    for number in range(options.rounds):
        pair = [(figures, act), (references, bare)]
        for seconds, run in pair if number % 2 else reversed(pair):
            club.reset(what)
            seconds.append(_timed(run))
            if not club.is_complete(what):
                sys.exit(f"{what} wrote other rows than before: the figure is worth nothing")
        print(
            f"{what}, round {number + 1} of {options.rounds}: {figures[-1]:.2f} s,"
            f" reference {references[-1]:.2f} s, ratio {figures[-1] / references[-1]:.2f}",
            flush=True,
        )
    # The club is left as the measured act leaves it.
    club.reset(what)
    act()
    ratios = [a / b for a, b in zip(figures, references, strict=True)]
    return {
        "figure": round(statistics.median(figures), 3),
        "reference": round(statistics.median(references), 3),
        "ratio": round(statistics.median(ratios), 3),
        "spread": [round(v, 3) for v in (min(figures), statistics.median(figures), max(figures))],
    }


def _timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
