"""Whatever carries the hints: a worker and then the broker die, and each member gets one mail."""

import pytest

from campaigns import lifecycle
from tests.faults.brokers import BROKERS
from tests.faults.judge import judge
from tests.faults.sending import due, wait_for_mails, wait_for_the_end
from tests.processes import Deployment, Process
from tests.servers import mail_oracle

pytestmark = pytest.mark.fault

SIZE = 800
CONCURRENCY = 2


@pytest.mark.parametrize("kind", BROKERS)
def test_a_worker_and_its_broker_die_and_nobody_has_to_wait_long(
    deployment: Deployment, kind: str
) -> None:
    with BROKERS[kind](deployment.var) as broker, mail_oracle(delay=0.005) as oracle:
        deployment.environment["CELERY_BROKER_URL"] = broker.url
        deployment.environment |= oracle.environment
        worker = _worker(deployment)
        deployment.beat()
        campaign = due(SIZE)
        wait_for_mails(oracle, 100)
        worker.kill()
        _worker(deployment)
        wait_for_mails(oracle, 200)
        broker.restart()
        sent = len(oracle.accepted())
        assert sent < SIZE - 100, "the broker was back when there was nothing left to send"
        wait_for_mails(oracle, sent + 50)
        wait_for_the_end(campaign)
        # What a worker has in hand when its broker goes may be cut off like by a crash.
        assert judge(campaign, oracle, unknown_at_most=2 * CONCURRENCY, planned=SIZE).wrong == []
        assert set(lifecycle.progress(campaign)) <= {"accepted", "unknown"}


def _worker(deployment: Deployment) -> Process:
    return deployment.worker(CONCURRENCY, REGULARS_BATCH_SIZE="50")
