"""``claim``: how well workers share a campaign, from one of them to eight.

PostgreSQL with fsync on. A round freezes a campaign to N members and lets 1, 2, 4 and 8 processes
claim it in batches of 1,000 until nothing is left; nothing is handed over. No delivery may be
claimed twice. The reference is the fewest workers of the same run.

``python -m bench.claim [--members 100000] [--rounds 3] [--workers 1 2 4 8]``; the last line is one
JSON object.
"""

import argparse
import json
import secrets
import statistics
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

from bench.ground import require_durable, stand_on, subscribe
from bench.machine import machine, spread
from tests.processes import wait_until
from tests.servers import postgresql

WORKERS = (1, 2, 4, 8)
BATCH = 1_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure workers that claim at once.")
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs="+", default=WORKERS)
    options = parser.parse_args()
    with postgresql() as server:
        stand_on(server.url)
        durable = require_durable()
        subscribe(options.members)
        rates: dict[int, list[float]] = {workers: [] for workers in options.workers}
        for number in range(options.rounds):
            for workers in options.workers:
                rates[workers].append(_claim(f"{number}-{workers}", workers, options.members))
            print(
                f"round {number + 1}: { {w: round(r[-1]) for w, r in rates.items()} }", flush=True
            )
        fewest, most = options.workers[0], options.workers[-1]
        medians = {workers: statistics.median(each) for workers, each in rates.items()}
        result = {
            "bench": "claim",
            "figure": round(medians[most], 1),
            "unit": f"deliveries/s with {most} workers",
            "reference": round(medians[fewest], 1),
            "ratio": round(medians[most] / medians[fewest], 3),
            "spread": spread(rates[most]),
            "by_workers": {workers: round(rate, 1) for workers, rate in medians.items()},
            "machine": {
                **machine(),
                "postgresql": server.version,
                **durable,
                "members": options.members,
                "batch": BATCH,
            },
        }
        print(json.dumps(result))


def _claim(name: str, workers: int, members: int) -> float:
    """Deliveries a second, claimed by that many processes at once."""
    from django.db import connections

    from bench.mail import the_club
    from campaigns import lifecycle
    from tests import cast

    facts = {"weekly_cap_applies": False, "first_percent": 0}
    club = the_club()
    started = lifecycle.start(cast.approved(club, cast.campaign(club, name=name, **facts)))
    connections.close_all()
    folder = Path(tempfile.mkdtemp(prefix="regulars-bench-"))
    context = get_context("spawn")
    processes = [context.Process(target=_work, args=(started.pk, folder)) for _ in range(workers)]
    for process in processes:
        process.start()
    wait_until(lambda: len(list(folder.glob("*.ready"))) >= workers, 60, "the processes")
    began = time.perf_counter()
    (folder / "go").touch()
    for process in processes:
        process.join()
    seconds = time.perf_counter() - began
    claimed = sum(int(path.read_text()) for path in folder.glob("*.claimed"))
    if claimed != members:
        sys.exit(f"{claimed} claims of {members} deliveries: the figure is worth nothing")
    return members / seconds


def _work(campaign_id: int, folder: Path) -> None:
    """One worker: claim until nothing is left, and tell how many."""
    import django

    django.setup()
    from campaigns import deliveries
    from campaigns.models import Campaign

    campaign, me, claimed = Campaign.objects.get(pk=campaign_id), secrets.token_hex(4), 0
    (folder / f"{me}.ready").touch()
    while not (folder / "go").exists():
        time.sleep(0.005)
    while held := deliveries.claim(campaign, BATCH, secrets.token_hex(16)).delivery_ids:
        claimed += len(held)
    (folder / f"{me}.claimed").write_text(str(claimed))


if __name__ == "__main__":
    main()
