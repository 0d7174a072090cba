"""A worker stands still for longer than its lease: it is fenced and sends nothing more.

Each worker has a mail server of its own, so that it can be told who sent what.
"""

import signal
import time
from collections import Counter

import pytest

from campaigns import lifecycle
from campaigns.models import Campaign, Delivery
from tests.faults.sending import due, wait_for_mails, wait_for_the_end
from tests.processes import Deployment, Process, wait_until
from tests.servers import MailOracle, mail_oracle

pytestmark = pytest.mark.fault

SIZE = 300
BATCH = 100
LEASE = 12  # seconds; in the last ten of them nothing new is begun
STILL = 3  # seconds in which a worker that may send would
PATIENCE = 60


def test_who_wakes_after_the_lease_sends_nothing_of_that_batch(deployment: Deployment) -> None:
    campaign = due(SIZE)
    with mail_oracle(delay=0.02) as slow, mail_oracle() as quick:
        deployment.beat()
        frozen = _worker(deployment, slow)
        wait_for_mails(slow, 10)
        frozen.signal(signal.SIGSTOP)
        before, held = len(slow.accepted()), _in_hand(campaign)
        assert held, "it held nothing when it was frozen"
        lease_ends = time.monotonic() + LEASE
        _worker(deployment, quick)
        wait_until(
            lambda: not _others_left(campaign), PATIENCE, "the other worker to send the rest"
        )
        # A pause stops new batches only: what it would still send, it would send of this one.
        campaign = lifecycle.pause(campaign)
        time.sleep(max(0.0, lease_ends - time.monotonic()))
        frozen.signal(signal.SIGCONT)
        time.sleep(STILL)
        assert len(slow.accepted()) <= before + 1, "more than the mail that was on its way"
        wait_until(lambda: not _in_hand(campaign), PATIENCE, "the batch to be given back")
        lifecycle.resume(campaign)
        wait_for_the_end(campaign)
        taken = slow.acceptances() + quick.acceptances()
        assert lifecycle.progress(campaign) == {"accepted": SIZE}
        assert Counter(taken.values()) == {1: SIZE}


def _worker(deployment: Deployment, oracle: MailOracle) -> Process:
    return deployment.worker(
        REGULARS_TRANSPORT="smtp",
        REGULARS_SMTP_URL=oracle.url,
        REGULARS_LEASE_SECONDS=str(LEASE),
        REGULARS_BATCH_SIZE=str(BATCH),
    )


def _in_hand(campaign: Campaign) -> bool:
    return bool(campaign.deliveries.filter(state__in=["claimed", "handing_off"]).exists())


def _others_left(campaign: Campaign) -> bool:
    return bool(campaign.deliveries.filter(state=Delivery.State.PLANNED).exists())
