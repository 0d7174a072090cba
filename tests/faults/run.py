"""A thousand crashes in a row: ``make faults``.

PostgreSQL, a mail server that logs before it answers, and drains that die at every place where a
hand-off can be torn, by failpoints, by ``kill -9`` at random, and by crashes of PostgreSQL itself.
After each, the journal is replayed; at the end the server's log is held against the database.

``python -m tests.faults.run [--injections 1000] [--seed 1] [--members 4000]``;
``--without-journal`` shows that the judge can find something.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.ground import stand_on, subscribe
from tests.processes import ROOT
from tests.servers import MailOracle, PostgreSQL, mail_oracle, postgresql

if TYPE_CHECKING:
    from campaigns.models import Campaign

RANDOM_KILL = "kill -9 at random"
DATABASE_CRASH = "PostgreSQL crashed"
LONGEST_LIFE = 0.6  # seconds until a random kill


@dataclass
class Tally:
    """What one kind of injection did."""

    fired: int = 0
    unknown: int = 0


@dataclass
class Injections:
    """The run: what was injected so far, and what is wrong."""

    options: argparse.Namespace
    server: PostgreSQL
    proof: Path
    chance: random.Random
    tallies: dict[str, Tally] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    duplicates: int = 0
    losses: int = 0
    mails: int = 0
    campaigns: int = 0

    @property
    def fired(self) -> int:
        """How many injections fired."""
        return sum(tally.fired for tally in self.tallies.values())

    def run(self) -> None:
        """Inject until there are enough, campaign after campaign."""
        for pipelining in self._turns():
            with mail_oracle(pipelining=pipelining) as oracle:
                self._campaign(oracle)

    def _turns(self) -> Iterator[bool]:
        while self.fired < self.options.injections:
            yield self.campaigns % 2 == 0

    def _campaign(self, oracle: MailOracle) -> None:
        from campaigns import lifecycle

        campaign = lifecycle.start(new_campaign(self.campaigns))
        self.campaigns += 1
        before = self.fired
        while _has_work(campaign) and self.fired < self.options.injections:
            self._inject(campaign, oracle)
        self._finish(campaign, oracle)
        self._judge(campaign, oracle, self.fired - before)

    def _inject(self, campaign: "Campaign", oracle: MailOracle) -> None:
        from tests.faults.failpoints import FAILPOINTS

        share = self.chance.random()
        if share < self.options.database_share:
            self._crash_database(campaign, oracle)
        elif share < 0.15:
            self._kill_at_random(campaign, oracle)
        else:
            name = self.chance.choice(sorted(FAILPOINTS))
            self._die_at(name, self.chance.randint(1, FAILPOINTS[name][1]), campaign, oracle)

    def _die_at(self, name: str, nth: int, campaign: "Campaign", oracle: MailOracle) -> None:
        from tests.faults import drainers

        self.proof.write_bytes(b"")
        process = drainers.start(campaign.pk, oracle.url, name, nth, str(self.proof))
        process.join()
        if self.proof.read_text().split("\n")[0] == name:
            self._count(name)

    def _kill_at_random(self, campaign: "Campaign", oracle: MailOracle) -> None:
        from tests.faults import drainers

        process = drainers.start(campaign.pk, oracle.url)
        process.join(self.chance.uniform(0.01, LONGEST_LIFE))
        if process.is_alive():
            process.kill()
            process.join()
            self._count(RANDOM_KILL)

    def _crash_database(self, campaign: "Campaign", oracle: MailOracle) -> None:
        from django.db import connections

        from tests.faults import drainers

        process = drainers.start(campaign.pk, oracle.url)
        process.join(self.chance.uniform(0.05, LONGEST_LIFE))
        connections.close_all()
        self.server.crash()
        self.server.restart()
        process.kill()
        process.join()
        self._count(DATABASE_CRASH)

    def _count(self, name: str) -> None:
        from campaigns import recovery

        tally = self.tallies.setdefault(name, Tally())
        tally.fired += 1
        unknown = recovery.replay()
        tally.unknown += unknown
        if unknown > 1:
            self.wrong.append(f"{name} left {unknown} mails unknown")
        if self.fired % 25 == 0:
            print(f"{self.fired:,} of {self.options.injections:,} injections", flush=True)

    def _finish(self, campaign: "Campaign", oracle: MailOracle) -> None:
        from django.utils import timezone

        from campaigns import recovery
        from campaigns.models import OPEN_STATES
        from tests.faults import drainers

        while campaign.deliveries.filter(state__in=OPEN_STATES).exists():
            campaign.deliveries.filter(state="deferred").update(deferred_until=timezone.now())
            recovery.reap()
            drainers.start(campaign.pk, oracle.url).join()

    def _judge(self, campaign: "Campaign", oracle: MailOracle, injections: int) -> None:
        from tests.faults.judge import judge

        verdict = judge(campaign, oracle, injections, planned=self.options.members)
        self.duplicates += verdict.duplicates
        self.losses += verdict.losses
        self.mails += sum(verdict.states.values())
        self.wrong += [f"{campaign}: {wrong}" for wrong in verdict.wrong]
        print(f"{campaign}: {verdict}", flush=True)


def main() -> int:
    """Run, print the table, and return 1 when anything is wrong."""
    options = _options()
    began = time.monotonic()
    with ExitStack() as stack:
        server = stack.enter_context(postgresql())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="regulars-faults-")))
        configure(server.url, folder)
        if options.without_journal:
            os.environ["REGULARS_TEST_WITHOUT_JOURNAL"] = "1"
        subscribe(options.members)
        run = Injections(options, server, folder / "proof", random.Random(options.seed))
        run.run()
        _print_table(run, time.monotonic() - began)
        return 1 if run.wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Crash the sending of mails again and again.")
    parser.add_argument("--injections", type=int, default=1_000)
    parser.add_argument("--members", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=20_261_123)
    parser.add_argument("--without-journal", action="store_true", help="lose what was begun")
    parser.add_argument("--database-share", type=float, default=0.02)
    return parser.parse_args()


def configure(url: str, folder: Path) -> None:
    """Point the settings at the servers of this run, before Django reads them."""
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "site")])
    stand_on(
        url,
        REGULARS_VAR=str(folder),
        REGULARS_TRANSPORT="smtp",
        REGULARS_LEASE_SECONDS="60",
        REGULARS_BATCH_SIZE="150",
        LOG_LEVEL="ERROR",
    )


def new_campaign(number: int) -> "Campaign":
    """An approved campaign to the crowd, due now, without a trial."""
    from django.utils import timezone

    from bench.mail import the_club
    from tests import cast

    club = the_club()
    facts = {"name": f"Crash {number + 1}", "weekly_cap_applies": False, "first_percent": 0}
    return cast.approved(club, cast.campaign(club, **facts), timezone.now())


def _has_work(campaign: "Campaign") -> bool:
    return bool(campaign.deliveries.filter(state="planned").exists())


def _print_table(run: Injections, seconds: float) -> None:
    print(f"\n{'injection':<30}{'fired':>8}{'unknown':>10}")
    for name, tally in sorted(run.tallies.items()):
        print(f"{name:<30}{tally.fired:>8,}{tally.unknown:>10,}")
    unknown = sum(tally.unknown for tally in run.tallies.values())
    print(f"{'all':<30}{run.fired:>8,}{unknown:>10,}")
    print(
        f"\n{run.mails:,} mails in {run.campaigns} campaigns, {seconds:,.0f} s, "
        f"seed {run.options.seed}: {run.duplicates:,} duplicates, {run.losses:,} silent losses",
        flush=True,
    )
    for wrong in run.wrong:
        print(wrong, flush=True)


if __name__ == "__main__":
    sys.exit(main())
