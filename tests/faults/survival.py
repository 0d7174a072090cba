"""One campaign through everything: ``make survive`` prints its steps.

PostgreSQL, Valkey, beat and Celery workers as processes, a mail server that logs before it answers.
While the mails go out: a worker is killed, the broker restarts, PostgreSQL crashes, somebody
pauses and resumes, a member changes their mind, another worker is killed. At the end the server's
log is held against the database.

``python -m tests.faults.survival [--members 100000]``
"""

import argparse
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.ground import subscribe
from tests.faults.brokers import valkey_broker
from tests.faults.run import configure, new_campaign
from tests.processes import Deployment, Process, wait_until
from tests.servers import MailOracle, PostgreSQL, mail_oracle, postgresql

if TYPE_CHECKING:
    from campaigns.models import Campaign, Delivery

CONCURRENCY = 2
KILLS = 2
LATE = 10  # seconds within which nothing more may come after a pause
PATIENCE = 600


@dataclass
class Survival:
    """The run and what it needs."""

    server: PostgreSQL
    oracle: MailOracle
    deployment: Deployment
    campaign: "Campaign"
    began: float
    workers: list[Process]

    def say(self, text: str) -> None:
        """One step, with the time and how many mails have arrived."""
        seconds = time.monotonic() - self.began
        print(f"{seconds:7.1f} s  {len(self.oracle.accepted()):>8,} mails  {text}", flush=True)

    def reach(self, share: float) -> None:
        """Wait until that share of the campaign has arrived."""
        wanted = int(self.campaign.deliveries.count() * share)
        wait_until(lambda: len(self.oracle.accepted()) >= wanted, PATIENCE, f"{wanted:,} mails")

    def worker(self) -> None:
        """Start a worker."""
        self.workers.append(self.deployment.worker(CONCURRENCY))

    def kill_a_worker(self) -> None:
        """``kill -9`` on a worker and its children; another takes its place."""
        self.workers.pop(0).kill()
        self.say(f"worker killed with its {CONCURRENCY} children")
        self.worker()
        self.say("another worker is up")

    def crash_database(self) -> None:
        """PostgreSQL stops as if the power had gone, and comes back."""
        from django.db import connections

        connections.close_all()
        self.server.crash()
        self.say("PostgreSQL crashed")
        time.sleep(2)
        self.server.restart()
        self.say("PostgreSQL has recovered")

    def pause(self) -> bool:
        """Pause, see that nothing more arrives, resume."""
        from campaigns import lifecycle

        lifecycle.pause(self.campaign)
        self.say("paused")
        time.sleep(2)  # the batches in flight, of a second at most
        before = len(self.oracle.accepted())
        time.sleep(LATE)
        after = len(self.oracle.accepted())
        self.say(f"{after - before} mails came in {LATE} s of pause")
        lifecycle.resume(self.campaign)
        return after == before

    def change_of_heart(self) -> "Delivery":
        """The member whose turn is last withdraws their consent."""
        from profiles import consent
        from profiles.models import Topic

        last: Delivery = self.campaign.deliveries.filter(state="planned").order_by("-pk")[0]
        consent.withdraw_topic(last.member, Topic.objects.get(key="offers"), "one click")
        self.say("a member who had no mail yet unsubscribed")
        return last


def main() -> int:
    """Run, print the reckoning, and return 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description="Send a campaign through everything.")
    parser.add_argument("--members", type=int, default=100_000)
    options = parser.parse_args()
    with ExitStack() as stack:
        server = stack.enter_context(postgresql())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="regulars-survive-")))
        configure(server.url, folder)
        subscribe(options.members)
        return _survive(stack, server, folder)


def _survive(stack: ExitStack, server: PostgreSQL, folder: Path) -> int:
    from campaigns import lifecycle

    oracle = stack.enter_context(mail_oracle())
    broker, _connection = stack.enter_context(valkey_broker())
    deployment = stack.enter_context(Deployment(folder, server.url))
    # A worker is up when its log says so.
    deployment.environment |= {"CELERY_BROKER_URL": broker.url, "LOG_LEVEL": "INFO"}
    deployment.environment |= oracle.environment
    campaign = lifecycle.start(new_campaign(0))
    run = Survival(server, oracle, deployment, campaign, time.monotonic(), [])
    run.say(f"a campaign of {campaign.deliveries.count():,} mails begins")
    deployment.beat()
    for _worker in range(2):
        run.worker()
    run.reach(0.1)
    run.kill_a_worker()
    run.reach(0.25)
    broker.restart()
    run.say("broker killed and started anew, empty")
    run.reach(0.4)
    run.crash_database()
    run.reach(0.55)
    held_still = run.pause()
    run.reach(0.7)
    unsubscribed = run.change_of_heart()
    run.kill_a_worker()
    wait_until(lambda: _finished(campaign), PATIENCE, "the campaign to finish")
    run.say("finished")
    return _reckon(run, unsubscribed, held_still)


def _finished(campaign: "Campaign") -> bool:
    from campaigns.models import OPEN_STATES

    return not campaign.deliveries.filter(state__in=OPEN_STATES).exists()


def _reckon(run: Survival, unsubscribed: "Delivery", held_still: bool) -> int:
    from tests.faults.judge import judge

    verdict = judge(run.campaign, run.oracle, unknown_at_most=KILLS * CONCURRENCY)
    unsubscribed.refresh_from_db()
    wrong = list(verdict.wrong)
    if (unsubscribed.state, unsubscribed.reason) != ("skipped", "no_consent"):
        wrong.append(f"who unsubscribed is {unsubscribed.state}")
    if f"{unsubscribed.pk}.1" in run.oracle.acceptances():
        wrong.append("who unsubscribed got a mail")
    if not held_still:
        wrong.append("mails came while the campaign was paused")
    print(f"\n{sum(verdict.states.values()):>9,} planned")
    for state, count in sorted(verdict.states.items()):
        print(f"{count:>9,} {state}")
    print(f"{verdict.accepted_by_server:>9,} accepted by the mail server")
    print("\n" + ("; ".join(wrong) if wrong else "0 duplicates, 0 silent losses"), flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
