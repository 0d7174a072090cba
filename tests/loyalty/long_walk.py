"""A hundred thousand steps of the ledger beside a plain one: part of ``make faults``.

``python -m tests.loyalty.long_walk [--steps 100000]``. Runs on an SQLite file of its own, whose
every story is rolled back. Hypothesis prints the shortest story that fails.
"""

import argparse
import sys
import tempfile
import time

from bench.ground import stand_on

EXAMPLES, STEPS = 40, 50


def main() -> None:
    """Walk, and tell how far."""
    parser = argparse.ArgumentParser(description="Walk the ledger beside a plain one.")
    parser.add_argument("--steps", type=int, default=100_000)
    options = parser.parse_args()
    stand_on(f"sqlite:///{tempfile.mkdtemp(prefix='regulars-walk-')}/walk.sqlite3")
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    began, walked, entries = time.monotonic(), 0, 0
    while walked < options.steps:
        more = _walk()
        walked, entries = walked + more[0], entries + more[1]
        if walked % 20_000 < more[0]:
            print(f"{walked:,} steps, {time.monotonic() - began:.0f} s", flush=True)
    print(f"{walked:,} steps booked {entries:,} entries: every one agrees with the plain ledger")
    sys.stdout.flush()


def _walk() -> tuple[int, int]:
    """Tell some stories; returns how many steps they took and how many entries they booked."""
    from django.db import transaction
    from hypothesis import HealthCheck, settings
    from hypothesis.stateful import run_state_machine_as_test

    from loyalty.models import Entry
    from tests import cast
    from tests.loyalty.ledger_machine import LedgerMachine

    stories = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    with transaction.atomic():

        class Machine(LedgerMachine):
            brand = cast.club().brand

        run_state_machine_as_test(Machine, settings=stories)
        found = Machine.steps_taken, Entry.objects.count()
        transaction.set_rollback(True)
    return found


if __name__ == "__main__":
    main()
