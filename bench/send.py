"""``send``: a campaign to N members through the real dispatch, against a minimal socket loop.

PostgreSQL with fsync on, a local sink with PIPELINING, two sending processes. One round starts a
campaign (compiled, frozen, not measured), drains it with every durable step, and then lets the
reference push equally many ready mails into the same sink with equally many processes.

``python -m bench.send [--members 20000] [--rounds 3]``; the last line is one JSON object.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.machine import machine, spread
from tests.processes import ROOT, free_port, wait_until
from tests.servers import postgresql

PROCESSES = 2
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


def main() -> None:
    """Measure and print."""
    options = _options()
    with postgresql() as server, _sink() as port:
        _configure(server.url, port)
        figures, references = [], []
        durable = _require_durable()
        _prepare(options.members)
        for number in range(options.rounds):
            figures.append(_send(number, options.members))
            references.append(_reference(port, options.members))
            print(
                f"round {number + 1} of {options.rounds}: "
                f"{figures[-1]:,.0f} mails/s, reference {references[-1]:,.0f}/s",
                flush=True,
            )
        ratios = [a / b for a, b in zip(figures, references, strict=True)]
        result = {
            "bench": "send",
            "figure": round(statistics.median(figures), 1),
            "unit": "mails/s",
            "reference": round(statistics.median(references), 1),
            "ratio": round(statistics.median(ratios), 3),
            "spread": spread(figures),
            "machine": {
                **machine(),
                "postgresql": server.version,
                **durable,
                "members": options.members,
                "processes": PROCESSES,
                "mail_bytes": len(_message()),
                "peak_worker_mib": _peak_mib(),
            },
        }
        print(json.dumps(result))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure sending a campaign.")
    parser.add_argument("--members", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


@contextmanager
def _sink() -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.sink", str(port)], cwd=ROOT)
    try:
        wait_until(lambda: _listens(port), 10, "the sink to listen")
        yield port
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    import socket

    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _configure(url: str, port: int) -> None:
    """Point the settings at the measured servers, before Django reads them."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": url,
        "REGULARS_TRANSPORT": "smtp",
        "REGULARS_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "LOG_LEVEL": "WARNING",
    }
    sys.path.insert(0, str(ROOT / "site"))
    import django

    django.setup()


def _require_durable() -> dict[str, str]:
    """The settings that make a commit survive a crash; measuring without them is refused."""
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for name in DURABLE:
            cursor.execute(f"SHOW {name}")
            found[name] = str(cursor.fetchone()[0])
    if set(found.values()) != {"on"}:
        sys.exit(f"PostgreSQL is not durable: {found}")
    return found


def _prepare(members: int) -> None:
    from django.core.management import call_command

    from tests import cast
    from tests.faults.crowd import crowd

    print("migrating", flush=True)
    call_command("migrate", verbosity=0)
    print(f"subscribing {members:,} members", flush=True)
    crowd(cast.club(), members)


def _send(number: int, members: int) -> float:
    """Freeze a campaign of this round, drain it, and return mails per second."""
    from django.db import connections

    from campaigns import lifecycle
    from campaigns.models import Delivery

    campaign = lifecycle.start(_campaign(number))
    connections.close_all()
    workers = [get_context("spawn").Process(target=_drain, args=(campaign.pk,)) for _ in "12"]
    for worker in workers:
        worker.start()
    _wait_ready(PROCESSES)
    started = time.perf_counter()
    _ready_folder().joinpath("go").touch()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - started
    accepted = Delivery.objects.filter(campaign=campaign, state="accepted").count()
    if accepted != members:
        sys.exit(f"{accepted} of {members} were accepted: the figure would be worth nothing")
    return members / seconds


def _drain(campaign_id: int) -> None:
    """One sending process: import everything, wait for the signal, drain."""
    import django

    django.setup()
    from campaigns import dispatch

    folder = _ready_folder()
    folder.joinpath(str(os.getpid())).touch()
    while not folder.joinpath("go").exists():
        time.sleep(0.005)
    dispatch.drain(campaign_id, budget=3_600)


def _ready_folder() -> Path:
    folder = Path(os.environ["REGULARS_BENCH_READY"])
    folder.mkdir(exist_ok=True)
    return folder


def _wait_ready(workers: int) -> None:
    folder = _ready_folder()
    wait_until(lambda: len(list(folder.iterdir())) >= workers, 60, "the sending processes")


def _campaign(number: int) -> Any:
    """An approved campaign whose mail weighs about 10 kB on the wire."""
    from campaigns.models import Campaign
    from profiles.models import Brand, Question, Topic, User
    from tests import cast
    from tests.cast import Club

    os.environ["REGULARS_BENCH_READY"] = str(_fresh_folder(number))
    club = Club(
        brand=Brand.objects.get(),
        offers=Topic.objects.get(key="offers"),
        wine=Topic.objects.get(key="wine"),
        aisles=Question.objects.get(),
        marketer=User.objects.get(username="marta"),
        approver=User.objects.get(username="pablo"),
    )
    made = cast.campaign(club, name=f"Round {number}", weekly_cap_applies=False)
    return Campaign.objects.get(pk=cast.approved(club, made).pk)


def _fresh_folder(number: int) -> Path:
    import tempfile

    return Path(tempfile.mkdtemp(prefix=f"regulars-bench-{number}-"))


def _reference(port: int, members: int) -> float:
    from bench.reference import push

    message, context = _message(), get_context("spawn")
    share = members // PROCESSES
    pushers = [context.Process(target=push, args=(port, share, message)) for _ in range(PROCESSES)]
    started = time.perf_counter()
    for pusher in pushers:
        pusher.start()
    for pusher in pushers:
        pusher.join()
    return share * PROCESSES / (time.perf_counter() - started)


def _message() -> bytes:
    """A mail of the last round, ready for DATA."""
    from campaigns.compiled_emails import load
    from campaigns.composition.rendering import Envelope, render
    from campaigns.facts import facts_for
    from campaigns.models import Campaign, Delivery

    campaign = Campaign.objects.order_by("pk").last()
    if campaign is None:
        sys.exit("no campaign was measured")
    delivery = Delivery.objects.filter(campaign=campaign).select_related("member").first()
    if delivery is None or delivery.compiled_email_id is None:
        sys.exit("no mail was measured")
    envelope = Envelope("1.1", "Ana Ruiz", "a@example.com", "<1.1@x.example>", delivery.business_at)
    facts = facts_for(campaign, [delivery])[delivery.pk]
    return render(load(delivery.compiled_email_id).compiled, facts, envelope)


def _peak_mib() -> int:
    """The largest resident size of any sending process, in MiB."""
    return round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)


if __name__ == "__main__":
    main()
