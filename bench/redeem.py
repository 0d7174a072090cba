"""``redeem``: redemptions on distinct wallets, by several processes at once.

PostgreSQL with fsync on. A club of N wallets with five lots each; every process redeems ten points
of one wallet after the other, each in a transaction of its own. The reference writes the very same
rows (an entry, two postings, an allocation, a lot, a wallet) in bare transactions of SQL through
the driver, with the wallet locked first, by as many processes.

``python -m bench.redeem [--wallets 20000] [--rounds 3] [--workers 4]``; the last line is one JSON
object. Figures are redemptions a second.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.ground import require_durable, stand_on
from bench.machine import machine, spread
from tests.processes import wait_until
from tests.servers import postgresql

LOTS, LOT_POINTS, POINTS = 5, 1_000, 10


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure redemptions on distinct wallets.")
    parser.add_argument("--wallets", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=4)
    options = parser.parse_args()
    with postgresql() as server:
        stand_on(server.url)
        durable = require_durable()
        _fill(options.wallets)
        figures: list[float] = []
        references: list[float] = []
        for number in range(options.rounds):
            for rates, act in ((figures, "redeem"), (references, "bare"))[:: 1 - 2 * (number % 2)]:
                rates.append(_rate(f"{act}-{number}", act, options.workers, options.wallets))
            print(f"round {number + 1}: {figures[-1]:,.0f}/s, {references[-1]:,.0f}/s", flush=True)
        _require_balanced(options)
        ratios = [one / other for one, other in zip(figures, references, strict=True)]
        result = {
            "bench": "redeem",
            "figure": round(statistics.median(figures), 1),
            "unit": "redemptions/s",
            "reference": round(statistics.median(references), 1),
            "ratio": round(statistics.median(ratios), 3),
            "spread": spread(figures),
            "machine": {
                **machine(),
                "postgresql": server.version,
                **durable,
                "wallets": options.wallets,
                "workers": options.workers,
            },
        }
        print(json.dumps(result))


def _fill(wallets: int) -> None:
    from django.core.management import call_command
    from django.utils import timezone

    from loyalty import ledger
    from profiles.models import Account
    from tests import cast

    call_command("migrate", verbosity=0)
    brand = cast.club().brand
    now = timezone.now()
    accounts = Account.objects.bulk_create(Account(brand=brand) for _ in range(wallets))
    parcels = tuple(ledger.Parcel(LOT_POINTS, now) for _ in range(LOTS))
    ledger.earn_many(
        [ledger.Earning(one.pk, parcels, "bench", f"{one.pk}", now) for one in accounts], now
    )


def _rate(name: str, act: str, workers: int, wallets: int) -> float:
    """Redemptions a second of that many processes, each with wallets of its own."""
    from django.db import connections

    from profiles.models import Account

    accounts = list(Account.objects.filter(wallet__isnull=False).values_list("pk", flat=True))
    connections.close_all()
    folder = Path(tempfile.mkdtemp(prefix="regulars-bench-"))
    context = get_context("spawn")
    shares = [accounts[number::workers] for number in range(workers)]
    processes = [
        context.Process(target=_work, args=(name, act, number, share, folder))
        for number, share in enumerate(shares)
    ]
    for process in processes:
        process.start()
    wait_until(lambda: len(list(folder.glob("*.ready"))) >= workers, 60, "the processes")
    began = time.perf_counter()
    (folder / "go").touch()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        sys.exit("a process failed: the figure is worth nothing")
    return wallets / (time.perf_counter() - began)


def _work(name: str, act: str, number: int, accounts: list[int], folder: Path) -> None:
    import django

    django.setup()
    from profiles.models import Account

    mine = list(Account.objects.filter(pk__in=accounts))
    run = _redeem if act == "redeem" else _bare
    (folder / f"{number}.ready").touch()
    while not (folder / "go").exists():
        time.sleep(0.005)
    run(name, mine)


def _redeem(name: str, accounts: Iterable[Any]) -> None:
    from loyalty import ledger

    for account in accounts:
        ledger.redeem(account, POINTS, "bench", f"{name}:{account.pk}")


def _bare(name: str, accounts: Iterable[Any]) -> None:
    from django.db import connection

    connection.ensure_connection()
    driver = connection.connection
    for account in accounts:
        with driver.transaction():
            _bare_one(driver.execute, f"{name}:{account.pk}", account.pk)


def _bare_one(execute: Callable[..., Any], key: str, account: int) -> None:
    wallet = execute(
        "SELECT id FROM loyalty_wallet WHERE account_id = %s FOR UPDATE", [account]
    ).fetchone()[0]
    entry = execute(
        "INSERT INTO loyalty_entry (wallet_id, kind, source, idempotency_key, request_hash, reason,"
        " occurred_at, recorded_at, posted_at, qualifying)"
        " VALUES (%s, 'redeem', 'bare', %s, '', '', now(), now(), now(), 0) RETURNING id",
        [wallet, key],
    ).fetchone()[0]
    execute(
        "INSERT INTO loyalty_posting (entry_id, ledger_account, amount)"
        " VALUES (%s, 'active', %s), (%s, 'redeemed', %s)",
        [entry, -POINTS, entry, POINTS],
    )
    lot = execute(
        "UPDATE loyalty_lot SET remaining = remaining - %s WHERE id ="
        " (SELECT min(id) FROM loyalty_lot WHERE wallet_id = %s AND remaining > 0) RETURNING id",
        [POINTS, wallet],
    ).fetchone()[0]
    execute(
        "INSERT INTO loyalty_allocation (entry_id, lot_id, part, amount)"
        " VALUES (%s, %s, 'spent', %s)",
        [entry, lot, POINTS],
    )
    execute("UPDATE loyalty_wallet SET active = active - %s WHERE id = %s", [POINTS, wallet])


def _require_balanced(options: argparse.Namespace) -> None:
    from loyalty import audit
    from loyalty.models import Entry

    redeemed = Entry.objects.filter(kind="redeem").count()
    if redeemed != 2 * options.rounds * options.wallets or list(audit.differences()):
        sys.exit("the ledger is not what it should be: the figure is worth nothing")


if __name__ == "__main__":
    main()
