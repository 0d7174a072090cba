"""Two beats and four workers, some of which are restarted in the middle: one mail each."""

import pytest

from campaigns import lifecycle
from tests.faults.judge import judge
from tests.faults.sending import due, wait_for_mails, wait_for_the_end
from tests.processes import Deployment, Process, wait_until
from tests.servers import mail_oracle

pytestmark = pytest.mark.fault

SIZE = 1_500
WORKERS = 4
PATIENCE = 90


def test_whoever_shares_a_campaign_and_comes_and_goes_each_member_gets_one_mail(
    deployment: Deployment,
) -> None:
    campaign = due(SIZE)
    rows = campaign.deliveries
    with mail_oracle(delay=0.01) as oracle:
        deployment.environment |= oracle.environment
        workers = [_worker(deployment) for _worker_number in range(WORKERS)]
        beats = [deployment.beat(), deployment.beat(REGULARS_VAR=_another_var(deployment))]
        wait_for_mails(oracle, 200)
        hands = rows.filter(state="handing_off").values("claim_token").distinct()
        wait_until(lambda: hands.count() > 1, PATIENCE, "several workers to have mails in hand")
        for process in (workers[0], beats[0]):
            process.popen.terminate()
        _worker(deployment)
        deployment.beat()
        assert len(oracle.accepted()) < SIZE, "there was nothing left to send"
        wait_for_the_end(campaign)
        assert judge(campaign, oracle, unknown_at_most=0).wrong == []
        assert lifecycle.progress(campaign) == {"accepted": SIZE}


def _worker(deployment: Deployment) -> Process:
    return deployment.worker(REGULARS_BATCH_SIZE="50")


def _another_var(deployment: Deployment) -> str:
    """A folder of its own for the second beat, as on another machine."""
    other = deployment.var / "other"
    other.mkdir(exist_ok=True)
    return str(other)
