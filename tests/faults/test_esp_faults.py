"""A whole campaign through a provider that fails in every way, and a worker killed in a call.

Nobody is mailed twice; unknown are exactly those of the calls that nobody can answer for, and the
provider's own events settle those that it took.
"""

import time
from collections import Counter
from typing import Any

import pytest

from campaigns import recovery
from campaigns.models import Campaign
from tests.esp_simulator.running import EspSimulator, esp_simulator
from tests.faults.sending import due, wait_for_the_end
from tests.processes import Deployment, Process, wait_until

pytestmark = pytest.mark.fault

SIZE = 120
PER_CALL = 10
PATIENCE = 60
# Nothing is known of a call after these, and nothing is lost after the others.
STORM = ["202", "429", "500", "202", "500_taken", "drop", "503", "drop_taken", "202", "500"]
SILENT = {"500", "drop"}


def test_a_provider_that_fails_in_every_way_mails_nobody_twice(deployment: Deployment) -> None:
    campaign = due(SIZE)
    with esp_simulator(answers=STORM) as esp:
        _start(deployment, esp)
        wait_for_the_end(campaign)
        _assert_unknown_are_those_of(campaign, _silent_calls(esp))
        _assert_nobody_twice(campaign, esp)
        _assert_events_settle(campaign, esp, deployment)


def test_a_kill_in_a_call_leaves_exactly_that_call_unknown(deployment: Deployment) -> None:
    campaign = due(SIZE)
    with esp_simulator() as esp:
        worker = _start(deployment, esp)
        wait_until(lambda: len(esp.accepted()) >= 2 * PER_CALL, PATIENCE, "calls to be answered")
        esp.control(delay_after=30.0)
        _wait_for_a_hanging_call(esp, campaign)
        worker.kill()
        esp.control(delay_after=0.0)
        wait_until(lambda: recovery.replay() == PER_CALL, 10, "the dead worker's journal")
        hanging = {one["delivery"] for one in esp.accepted()} - _ids(campaign, "accepted")
        _assert_unknown_are_those_of(campaign, hanging)
        _worker(deployment)
        wait_for_the_end(campaign)
        _assert_unknown_are_those_of(campaign, hanging)
        _assert_nobody_twice(campaign, esp)
        _assert_events_settle(campaign, esp, deployment)


def _start(deployment: Deployment, esp: EspSimulator) -> Process:
    deployment.environment |= esp.environment
    deployment.beat()
    return _worker(deployment)


def _worker(deployment: Deployment) -> Process:
    # A batch is one call, so that calls fail while others are still to come.
    return deployment.worker(REGULARS_BATCH_SIZE=str(PER_CALL))


def _wait_for_a_hanging_call(esp: EspSimulator, campaign: Campaign) -> None:
    """Until the provider has taken a call whose batch is still in somebody's hands."""

    def hangs() -> bool:
        open_now = _ids(campaign, "handing_off")
        return bool(open_now & {one["delivery"] for one in esp.accepted()})

    wait_until(hangs, PATIENCE, "a call to hang")
    time.sleep(1)  # one that was on its way when hanging began is answered by now
    wait_until(hangs, PATIENCE, "a call to go on hanging")


def _ids(campaign: Campaign, state: str) -> set[str]:
    return {str(pk) for pk in campaign.deliveries.filter(state=state).values_list("pk", flat=True)}


def _silent_calls(esp: EspSimulator) -> set[str]:
    calls: list[dict[str, Any]] = [call for call in esp.calls() if call["answer"] in SILENT]
    assert len(calls) == sum(answer.split("_")[0] in SILENT for answer in STORM)
    return {delivery for call in calls for delivery in call["deliveries"]}


def _assert_unknown_are_those_of(campaign: Campaign, deliveries: set[str]) -> None:
    assert deliveries
    assert _ids(campaign, "unknown") == deliveries


def _assert_nobody_twice(campaign: Campaign, esp: EspSimulator) -> None:
    assert set(esp.acceptances().values()) == {1}
    taken = {one["delivery"] for one in esp.accepted()}
    assert _ids(campaign, "accepted") <= taken
    assert taken <= _ids(campaign, "accepted") | _ids(campaign, "unknown")


def _assert_events_settle(campaign: Campaign, esp: EspSimulator, deployment: Deployment) -> None:
    """What the provider took becomes accepted by its events, and nothing else does."""
    taken = {one["delivery"] for one in esp.accepted()}
    esp.emit(f"{deployment.web()}/webhooks/sendgrid/", only=["processed", "delivered"])
    wait_until(
        lambda: _ids(campaign, "accepted") == taken, PATIENCE, "the events to settle what was taken"
    )
    states = Counter(campaign.deliveries.values_list("state", flat=True))
    assert states == Counter(accepted=len(taken)) + Counter(unknown=SIZE - len(taken))
