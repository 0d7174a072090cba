"""``send``: a campaign to N members through the real dispatch, against a minimal socket loop.

PostgreSQL with fsync on, a local sink with PIPELINING, four sending processes. One round starts a
campaign (compiled, frozen, vouchers reserved; not measured), drains it with every durable step,
and then lets the reference push equally many ready mails into the same sink from as many
processes.

``python -m bench.send [--members 200000] [--rounds 3] [--processes 4] [--split]``; the last line is
one JSON object. ``--split`` measures CPU by part, and costs a little itself.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.ground import require_durable, stand_on, subscribe
from bench.machine import machine, spread
from bench.reference import push
from bench.split import Split, family_cpu, watch_dispatch
from tests.processes import ROOT, free_port, wait_until
from tests.servers import listens, postgresql

TARGET = 9_000


@dataclass(frozen=True)
class Round:
    """What one round measured: mails a second, peak MiB of a worker, CPU µs a mail by part."""

    rate: float
    peak_mib: int
    cpu: dict[str, float]


def main() -> None:
    """Measure and print."""
    options = _options()
    with postgresql() as server, _sink() as (port, sink_pid, sink):
        mail_server = {
            "REGULARS_TRANSPORT": "smtp",
            "REGULARS_SMTP_URL": f"smtp://127.0.0.1:{port}",
        }
        stand_on(server.url, **mail_server)
        durable = require_durable()
        subscribe(options.members)
        rounds, references = [], []
        for number in range(options.rounds):
            rounds.append(_send(number, options, server.process.pid, sink_pid))
            references.append(_reference(port, options))
            print(
                f"round {number + 1} of {options.rounds}: "
                f"{rounds[-1].rate:,.0f} mails/s, reference {references[-1]:,.0f}/s",
                flush=True,
            )
        print(json.dumps(_result(options, rounds, references, sink, durable, server.version)))


def _result(
    options: argparse.Namespace,
    rounds: list[Round],
    references: list[float],
    sink: str,
    durable: dict[str, str],
    version: str,
) -> dict[str, Any]:
    figures = [one.rate for one in rounds]
    ratios = [a / b for a, b in zip(figures, references, strict=True)]
    return {
        "bench": "send",
        "figure": round(statistics.median(figures), 1),
        "unit": "mails/s",
        "target": TARGET,
        "reference": round(statistics.median(references), 1),
        "ratio": round(statistics.median(ratios), 3),
        "spread": spread(figures),
        "cpu_us_per_mail": {
            part: round(statistics.median(one.cpu[part] for one in rounds), 1)
            for part in sorted(rounds[0].cpu)
        },
        "machine": {
            **machine(),
            "postgresql": version,
            **durable,
            "sink": sink,
            "members": options.members,
            "processes": options.processes,
            "mail_bytes": len(_message()),
            "peak_worker_mib": max(one.peak_mib for one in rounds),
        },
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure sending a campaign.")
    parser.add_argument("--members", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--split", action="store_true", help="CPU by part of a worker")
    return parser.parse_args()


@contextmanager
def _sink() -> Iterator[tuple[int, int, str]]:
    """Postfix's smtp-sink where it is installed, else our own."""
    port = free_port()
    program = shutil.which("smtp-sink", path=f"{os.environ['PATH']}:/usr/sbin")
    own = [sys.executable, "-m", "bench.sink", str(port)]
    account = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [program, *account, f"127.0.0.1:{port}", "256"] if program else own
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: listens(port), 10, "the sink to listen")
        yield port, process.pid, "smtp-sink" if program else "bench.sink"
    finally:
        process.terminate()
        process.wait()


def _send(number: int, options: argparse.Namespace, database_pid: int, sink_pid: int) -> Round:
    """Freeze a campaign of this round, then drain it from several processes."""
    from django.db import connections

    from bench.mail import campaign
    from campaigns import lifecycle
    from campaigns.models import Delivery

    started = lifecycle.start(campaign(number))
    connections.close_all()
    folder = Path(tempfile.mkdtemp(prefix=f"regulars-bench-{number}-"))
    arguments = (started.pk, folder, options.split)
    context = get_context("spawn")
    workers = [context.Process(target=_drain, args=arguments) for _ in range(options.processes)]
    for worker in workers:
        worker.start()
    wait_until(lambda: len(list(folder.glob("*.ready"))) >= len(workers), 60, "the processes")
    before = family_cpu(database_pid), family_cpu(sink_pid)
    began = time.perf_counter()
    (folder / "go").touch()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - began
    after = family_cpu(database_pid), family_cpu(sink_pid)
    accepted = Delivery.objects.filter(campaign=started, state="accepted").count()
    if accepted != options.members:
        sys.exit(f"{accepted} of {options.members} were accepted: the figure is worth nothing")
    told = [json.loads(path.read_text()) for path in folder.glob("*.told")]
    cpu: dict[str, float] = defaultdict(float)
    for one in told:
        for part, value in one["cpu"].items():
            cpu[part] += value
    cpu["PostgreSQL"], cpu["sink"] = after[0] - before[0], after[1] - before[1]
    per_mail = {part: value / options.members * 1e6 for part, value in cpu.items()}
    return Round(options.members / seconds, max(one["peak_mib"] for one in told), per_mail)


def _drain(campaign_id: int, folder: Path, by_part: bool) -> None:
    """One sending process: import everything, wait for the signal, drain."""
    import resource

    import django

    django.setup()
    from django.db import connection

    from campaigns import dispatch
    from config.celery import spare_the_collector

    split = Split()
    if by_part:
        watch_dispatch(split)
    connection.ensure_connection()
    spare_the_collector()
    name = str(os.getpid())
    (folder / f"{name}.ready").touch()
    while not (folder / "go").exists():
        time.sleep(0.005)
    split.enter("worker")
    split.seconds.clear()
    dispatch.drain(campaign_id, budget=3_600)
    split.enter("done")
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    (folder / f"{name}.told").write_text(json.dumps({"cpu": split.seconds, "peak_mib": peak}))


def _reference(port: int, options: argparse.Namespace) -> float:
    message, context = _message(), get_context("spawn")
    share = options.members // options.processes
    arguments = (port, share, message)
    pushers = [context.Process(target=push, args=arguments) for _ in range(options.processes)]
    started = time.perf_counter()
    for pusher in pushers:
        pusher.start()
    for pusher in pushers:
        pusher.join()
    mails: int = share * options.processes
    return mails / (time.perf_counter() - started)


def _message() -> bytes:
    """A mail of the last round, ready for DATA."""
    from campaigns.dispatch import write
    from campaigns.models import Campaign, Delivery

    campaign = Campaign.objects.order_by("pk").last()
    if campaign is None:
        sys.exit("no campaign was measured")
    first = Delivery.objects.filter(campaign=campaign).order_by("pk")[:1]
    mails, _failures = write(campaign, Delivery.objects.filter(pk__in=first.values("pk")))
    return mails[0].message


if __name__ == "__main__":
    main()
