"""RabbitMQ dies in the middle of a campaign and comes back: sending goes on, one mail each."""

import pytest

from campaigns import lifecycle
from campaigns.models import OPEN_STATES, Campaign
from tests import cast
from tests.faults.crowd import crowd, due_campaign
from tests.faults.judge import judge
from tests.faults.rabbitmq import rabbitmq
from tests.processes import Deployment, wait_until
from tests.servers import MailOracle, mail_oracle

pytestmark = pytest.mark.fault

SIZE = 1_000
CONCURRENCY = 2
BACK = 60  # seconds within which sending resumes


def test_a_killed_rabbitmq_stops_nobody_for_long(deployment: Deployment) -> None:
    club = cast.club()
    crowd(club, SIZE)
    campaign = due_campaign(club)
    with rabbitmq() as broker, mail_oracle(delay=0.005) as oracle:
        deployment.environment["CELERY_BROKER_URL"] = broker.url
        deployment.beat()
        deployment.worker(
            concurrency=CONCURRENCY, REGULARS_TRANSPORT="smtp", REGULARS_SMTP_URL=oracle.url
        )
        wait_until(lambda: len(oracle.accepted()) >= 100, BACK, "sending to begin")
        broker.kill()
        broker.start()
        sent = len(oracle.accepted())
        assert sent < SIZE - 100, "RabbitMQ was back when there was nothing left to send"
        wait_until(lambda: len(oracle.accepted()) > sent, BACK, "sending to resume")
        wait_until(lambda: _finished(campaign), BACK, "the campaign to finish")
        _has_one_mail_each(campaign, oracle)


def _finished(campaign: Campaign) -> bool:
    rows = campaign.deliveries
    return rows.exists() and not rows.filter(state__in=OPEN_STATES).exists()


def _has_one_mail_each(campaign: Campaign, oracle: MailOracle) -> None:
    # What a worker has in hand when its broker goes may be cut off like by a crash.
    verdict = judge(campaign, oracle, unknown_at_most=CONCURRENCY)
    assert verdict.wrong == []
    assert sum(lifecycle.progress(campaign).values()) == SIZE
