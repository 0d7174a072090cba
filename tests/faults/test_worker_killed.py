"""``kill -9`` in the middle of a campaign: nobody is mailed twice, nobody is lost silently.

The mail server judges, not the database: it logs what it accepted before it says so.
"""

import random
import signal

import pytest

from campaigns import lifecycle
from campaigns.models import Campaign, Delivery
from tests.faults.judge import judge
from tests.faults.sending import due, wait_for_mails, wait_for_the_end
from tests.processes import Deployment, Process, wait_until
from tests.servers import MailOracle, mail_oracle

pytestmark = pytest.mark.fault

SIZE = 2_000
KILLS = 3
CONCURRENCY = 2
SEED = 20_261_116


def test_killed_workers_send_nothing_twice_and_lose_nothing(deployment: Deployment) -> None:
    campaign = due(SIZE)
    moments = sorted(random.Random(SEED).sample(range(100, SIZE - 300), KILLS))
    with mail_oracle(delay=0.001) as oracle:
        deployment.environment |= oracle.environment
        deployment.beat()
        for moment in moments:
            worker = _worker(deployment)
            _kill_after(worker, oracle, campaign, moment)
        _worker(deployment)
        wait_for_the_end(campaign)
        verdict = judge(campaign, oracle, unknown_at_most=KILLS * CONCURRENCY, planned=SIZE)
        assert not verdict.wrong, verdict


def test_without_a_kill_everyone_is_accepted_exactly_once(deployment: Deployment) -> None:
    """The control: what the test above loses to ``unknown`` is due to the kills."""
    campaign = due(300)
    with mail_oracle() as oracle:
        deployment.environment |= oracle.environment
        deployment.beat()
        _worker(deployment)
        wait_for_the_end(campaign)
        assert not judge(campaign, oracle, unknown_at_most=0, planned=300).wrong
        assert lifecycle.progress(campaign) == {"accepted": 300}


def _worker(deployment: Deployment) -> Process:
    return deployment.worker(CONCURRENCY, REGULARS_LEASE_SECONDS="14", REGULARS_BATCH_SIZE="150")


def _kill_after(worker: Process, oracle: MailOracle, campaign: Campaign, moment: int) -> None:
    wait_for_mails(oracle, moment)
    wait_until(lambda: _frozen_with_work_in_hand(worker, campaign), 60, "work in hand")
    worker.kill()


def _frozen_with_work_in_hand(worker: Process, campaign: Campaign) -> bool:
    """Freeze the worker; let it go on if it holds nothing, for then a kill proves nothing."""
    worker.signal(signal.SIGSTOP)
    in_hand = Delivery.objects.filter(campaign=campaign, state__in=["claimed", "handing_off"])
    if in_hand.exists():
        return True
    worker.signal(signal.SIGCONT)
    return False
