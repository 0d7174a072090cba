"""``growth``: the benches at 10,000, 100,000 and 1,000,000 members, as a table and a plot.

Each runs in a process of its own, with a PostgreSQL of its own. What a member costs should not
depend on how many there are: a line that does not fall is linear or better.

``python -m bench.growth [--sizes 10000 100000 1000000] [--plot docs/images/growth.svg]``; the last
line is one JSON object.
"""

import argparse
import json
import subprocess
import sys
from typing import Any

import pygal
from pygal.style import CleanStyle

from bench.machine import machine
from tests.processes import ROOT

SIZES = (10_000, 100_000, 1_000_000)
FEW_ROUNDS = 1_000_000  # members from which on a round takes minutes
BENCHES = {"send": (), "freeze": (), "claim": ("--workers", "4")}


def main() -> None:
    """Measure, print the table, draw."""
    parser = argparse.ArgumentParser(description="Measure the benches at several sizes.")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--plot", default="docs/images/growth.svg")
    options = parser.parse_args()
    told = {
        name: [_measured(name, size, *more) for size in options.sizes]
        for name, more in BENCHES.items()
    }
    rates = {name: [_rate(each) for each in results] for name, results in told.items()}
    _print_table(told, rates, options.sizes)
    _draw(rates, options.sizes, options.plot)
    result = {"bench": "growth", "unit": "members/s", "sizes": options.sizes, **rates}
    print(json.dumps({**result, "machine": machine()}))


def _measured(name: str, size: int, *more: str) -> dict[str, Any]:
    """The JSON of one bench at one size."""
    rounds = "1" if size >= FEW_ROUNDS else "3"
    command = [sys.executable, "-m", f"bench.{name}", "--members", str(size), "--rounds", rounds]
    print(f"{name}, {size:,} members", flush=True)
    done = subprocess.run([*command, *more], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _rate(result: dict[str, Any]) -> float:
    """Members a second; a bench that tells seconds is turned round."""
    figure = float(result["figure"])
    return round(result["machine"]["members"] / figure if result["unit"] == "s" else figure, 1)


def _print_table(
    told: dict[str, list[dict[str, Any]]], rates: dict[str, list[float]], sizes: list[int]
) -> None:
    print("\n| bench | members | members/s | figure (spread) | reference | ratio |")
    print("|---|---|---|---|---|---|")
    for name, results in told.items():
        for size, rate, one in zip(sizes, rates[name], results, strict=True):
            least, middle, most = one["spread"]
            print(
                f"| {name} | {size:,} | {rate:,.0f} | {middle:,} {one['unit']} ({least:,}–{most:,})"
                f" | {one['reference']:,} | {one['ratio']} |"
            )


def _draw(rates: dict[str, list[float]], sizes: list[int], path: str) -> None:
    chart = pygal.Line(
        style=CleanStyle,
        js=(),
        width=720,
        height=420,
        logarithmic=True,
        title="Members a second, by size",
        x_title="members",
        show_dots=True,
        legend_at_bottom=True,
    )
    chart.x_labels = [f"{size:,}" for size in sizes]
    for name, each in rates.items():
        chart.add(name, each)
    chart.render_to_file(str(ROOT / path))


if __name__ == "__main__":
    main()
