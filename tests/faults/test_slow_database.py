"""The database is locked, or slow: nothing lost, nothing twice, no stampede, and it goes on.

On PostgreSQL a lock on the deliveries and a proxy that takes its time; on SQLite, where there is
one writer and no connection to delay, the lock is that of the writer.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction

from campaigns import lifecycle
from campaigns.models import Campaign
from tests.faults.judge import judge
from tests.faults.sending import due, wait_for_mails, wait_for_the_end
from tests.faults.slow_proxy import SlowProxy, slow_proxy
from tests.processes import Deployment
from tests.servers import MailOracle, mail_oracle

pytestmark = pytest.mark.fault

SIZE = 600
LOCKED = 8  # seconds
CONCURRENCY = 2
# Each child one, the worker's parent one, beat none; and as much again for what reconnects.
CONNECTIONS = 2 * (CONCURRENCY + 1)
DELAY = 0.25  # seconds for each thing said


def test_a_locked_table_holds_everybody_up_and_nothing_more(deployment: Deployment) -> None:
    campaign = due(SIZE)
    with mail_oracle(delay=0.005) as oracle:
        _send(deployment, oracle)
        with _locked():
            time.sleep(2)  # what is in hand goes out
            before = len(oracle.accepted())
            time.sleep(LOCKED - 2)
            after, connections = len(oracle.accepted()), _other_connections()
        assert before < SIZE, "there was nothing left to hold up"
        assert after == before, "a mail went without its committed hand-off"
        assert connections <= CONNECTIONS, "those who wait became more and more"
        _has_one_mail_each(campaign, oracle)


def test_a_slow_database_makes_sending_slow_and_nothing_worse(deployment: Deployment) -> None:
    campaign = due(SIZE)
    with mail_oracle() as oracle, _in_front(deployment) as proxy:
        _send(deployment, oracle)
        if proxy:
            proxy.delay = DELAY
        time.sleep(LOCKED)
        assert len(oracle.accepted()) < SIZE
        if proxy:
            assert proxy.most_open <= CONNECTIONS, "those who wait became more and more"
            proxy.delay = 0.0
        _has_one_mail_each(campaign, oracle)


def _send(deployment: Deployment, oracle: MailOracle) -> None:
    """Begin to send, in batches small enough that the database is asked often."""
    deployment.beat()
    deployment.environment |= oracle.environment
    deployment.worker(CONCURRENCY, REGULARS_BATCH_SIZE="20")
    wait_for_mails(oracle, 20)


@contextmanager
def _locked() -> Iterator[None]:
    """Let nobody write deliveries; on PostgreSQL, nobody even read them."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE campaigns_delivery IN ACCESS EXCLUSIVE MODE")
        yield


def _other_connections() -> int:
    """How many connections to this database there are, apart from the test's."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


@contextmanager
def _in_front(deployment: Deployment) -> Iterator[SlowProxy | None]:
    """Let the processes reach PostgreSQL through a proxy."""
    url = deployment.environment["DATABASE_URL"]
    parts = urlsplit(url)
    if not parts.hostname or not parts.port:
        yield None
        return
    with slow_proxy(parts.hostname, parts.port) as proxy:
        there = parts.netloc.replace(f":{parts.port}", f":{proxy.port}")
        deployment.environment["DATABASE_URL"] = parts._replace(netloc=there).geturl()
        yield proxy


def _has_one_mail_each(campaign: Campaign, oracle: MailOracle) -> None:
    wait_for_the_end(campaign)
    assert judge(campaign, oracle, unknown_at_most=0).wrong == []
    assert lifecycle.progress(campaign) == {"accepted": SIZE}
