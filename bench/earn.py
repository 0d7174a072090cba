"""``earn``: how fast batches of purchases are recorded and earn.

PostgreSQL with fsync on. Two processes, each for its own half of the accounts as two tills would,
record baskets of ten lines in batches through ``purchases.record_many``: cards, stores and
articles looked up, a point for each euro and a double point on some categories, entries, postings,
lots and wallets, one transaction a batch. The reference writes the same number of the same rows
(purchases, lines, entries, postings, lots by COPY, wallets by one UPDATE) in equal batches and as
many processes, and looks nothing up.

``python -m bench.earn [--members 20000] [--baskets 20000] [--batch 500] [--rounds 3]
[--workers 2]``; the last line is one JSON object.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

from bench.ground import require_durable, stand_on, subscribe
from bench.machine import machine, spread
from tests.processes import wait_until
from tests.servers import postgresql

LINES = 10
PRODUCTS = 5_000
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def main() -> None:
    """Measure and print."""
    options = _options()
    with postgresql() as server:
        stand_on(server.url)
        durable = require_durable()
        subscribe(options.members)
        _set_up()
        rates: dict[str, list[float]] = {"reference": [], "earn": []}
        for number in range(options.rounds):
            for name, each in rates.items():
                each.append(_round(name, number, options))
            print(
                f"round {number + 1}: { {n: round(r[-1]) for n, r in rates.items()} }", flush=True
            )
        figure, reference = (statistics.median(rates[name]) for name in ("earn", "reference"))
        result = {
            "bench": "earn",
            "figure": round(figure, 1),
            "unit": f"baskets/s of {LINES} lines with {options.workers} processes",
            "reference": round(reference, 1),
            "ratio": round(figure / reference, 3),
            "spread": spread(rates["earn"]),
            "reference_spread": spread(rates["reference"]),
            "machine": {
                **machine(),
                "postgresql": server.version,
                **durable,
                **{name: getattr(options, name) for name in ("members", "baskets", "batch")},
            },
        }
        print(json.dumps(result))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure purchases that earn, in batches.")
    for name, default in (
        ("members", 20_000),
        ("baskets", 20_000),
        ("batch", 500),
        ("rounds", 3),
        ("workers", 2),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args()


def _set_up() -> None:
    """A catalogue, a store, two rules, and a card for each account."""
    from django.db import connection

    from loyalty.models import EarnRule, Product
    from profiles.models import Brand, Store

    brand = Brand.objects.get()
    Store.objects.create(brand=brand, code="01", name="Corner")
    Product.objects.bulk_create(
        Product(
            brand=brand, sku=str(n), name=f"Article {n}", department=f"D{n % 20}",
            category=f"C{n % 200}",
        )
        for n in range(PRODUCTS)
    )  # fmt: skip
    since = AT - timedelta(days=400)
    facts: dict[str, Any] = {"brand": brand, "valid_from": since, "valid_days": 365}
    EarnRule.objects.create(name="A point a euro", **facts)
    EarnRule.objects.create(
        name="Double points", family="double", kind="multiplier", factor_percent=200,
        categories=["C1", "C2", "C3"], **facts,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO profiles_card (account_id, member_id, number, issued_at)"
            " SELECT account_id, id, 'c' || account_id, now() FROM profiles_member"
        )
        cursor.execute("VACUUM ANALYZE")


def _round(name: str, number: int, options: argparse.Namespace) -> float:
    """Baskets a second, by that many processes at once."""
    from django.db import connections

    from loyalty.models import Purchase

    before = Purchase.objects.count()
    connections.close_all()
    folder = Path(tempfile.mkdtemp(prefix="regulars-bench-"))
    context = get_context("spawn")
    told = [
        (name, f"{name}-{number}-{worker}", worker, options, folder)
        for worker in range(options.workers)
    ]
    processes = [context.Process(target=_work, args=arguments) for arguments in told]
    for process in processes:
        process.start()
    wait_until(lambda: len(list(folder.glob("*.ready"))) >= options.workers, 120, "the processes")
    began = time.perf_counter()
    (folder / "go").touch()
    for process in processes:
        process.join()
    seconds = time.perf_counter() - began
    if Purchase.objects.count() - before != options.baskets:
        sys.exit("not every basket was recorded: the figure is worth nothing")
    return float(options.baskets / seconds)


def _work(name: str, source: str, worker: int, options: argparse.Namespace, folder: Path) -> None:
    """One process: prepare its baskets, wait for the start, write them."""
    import django

    django.setup()
    write = _prepare(name, source, worker, options)
    (folder / f"{worker}.ready").touch()
    while not (folder / "go").exists():
        time.sleep(0.005)
    write()


def _prepare(
    name: str, source: str, worker: int, options: argparse.Namespace
) -> Callable[[], None]:
    from bench.earn_rows import look_up, write_bare
    from loyalty import purchases
    from profiles.models import Account, Brand

    look_up()
    brand = Brand.objects.get()
    accounts = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    mine = accounts[worker :: options.workers]
    number = options.baskets // options.workers
    chance = Random(f"{source}")
    baskets = [_basket(f"{source}-{n}", chance.choice(mine), chance) for n in range(number)]
    batches = [baskets[n : n + options.batch] for n in range(0, number, options.batch)]

    def earn() -> None:
        for batch in batches:
            outcomes = purchases.record_many(brand, source, batch)
            if any(outcome.error for outcome in outcomes):
                sys.exit("a basket was refused")

    def bare() -> None:
        for batch in batches:
            write_bare(brand, source, batch)

    return earn if name == "earn" else bare


def _basket(number: str, account: int, chance: Random) -> Any:
    from loyalty.purchases import LineData, PurchaseData

    lines = tuple(
        LineData(str(chance.randrange(PRODUCTS)), 1, chance.randrange(50, 1_500))
        for _line in range(LINES)
    )
    at = AT + timedelta(seconds=chance.randrange(10**6))
    return PurchaseData(number, at, "EUR", lines, card=f"c{account}", store_code="01")


if __name__ == "__main__":
    main()
