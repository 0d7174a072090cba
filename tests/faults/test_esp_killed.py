"""A worker dies between the provider's taking of a call and its answer."""

import time

import pytest

from campaigns import recovery
from campaigns.models import Delivery
from tests import cast
from tests.esp_simulator.running import esp_simulator
from tests.faults.crowd import crowd, due_campaign
from tests.processes import Deployment, wait_until

pytestmark = pytest.mark.fault

SIZE = 60


def test_the_calls_recipients_are_unknown_until_the_providers_events_settle_them(
    deployment: Deployment,
) -> None:
    club = cast.club()
    crowd(club, SIZE)
    campaign = due_campaign(club)
    with esp_simulator(delay_after=20.0) as esp:
        deployment.environment |= esp.environment
        deployment.beat()
        worker = deployment.worker()
        wait_until(lambda: len(esp.accepted()) == SIZE, 60, "the call to be taken")
        worker.kill()
        time.sleep(0.5)
        assert recovery.replay() == SIZE
        assert set(campaign.deliveries.values_list("state", flat=True)) == {"unknown"}
        web = deployment.web()
        deployment.worker(queues="responses,default")
        esp.emit(f"{web}/webhooks/sendgrid/", only=["processed", "delivered"])
        wait_until(lambda: _settled() == SIZE, 60, "the events to be processed")
        assert set(esp.acceptances().values()) == {1}


def _settled() -> int:
    return Delivery.objects.filter(state="accepted").count()
