"""People interfere while mail goes out: pauses, and members who want no more of it."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections

from campaigns import dispatch, lifecycle
from campaigns.models import Campaign, Delivery
from profiles import consent
from profiles.suppression import suppress
from tests.faults.judge import judge
from tests.faults.sending import started, wait_for_mails, wait_for_the_end
from tests.servers import MailOracle

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

SIZE = 1_200
BATCH = 5
PAUSES = 100
SEED = 20_261_123


@pytest.fixture(autouse=True)
def _small_batches(settings: Any) -> None:
    settings.REGULARS_BATCH_SIZE = BATCH


def test_a_hundred_pauses_act_within_a_batch_and_nobody_gets_two_mails(
    oracle: MailOracle,
) -> None:
    campaign, chance = started(SIZE), random.Random(SEED)
    with _workers(campaign, 2):
        for number in range(PAUSES):
            campaign = lifecycle.pause(campaign)
            _still_after_the_batches_in_hand(campaign, oracle, number)
            campaign = lifecycle.resume(campaign)
            time.sleep(chance.uniform(0, 0.03))
        assert lifecycle.progress(campaign).get("planned"), "nothing was left to pause"
        wait_for_the_end(campaign)
    assert judge(campaign, oracle, unknown_at_most=0, planned=SIZE).wrong == []
    assert lifecycle.progress(campaign) == {"accepted": SIZE}


def _still_after_the_batches_in_hand(campaign: Campaign, oracle: MailOracle, number: int) -> None:
    before = _taken(oracle)
    while campaign.deliveries.filter(state__in=["claimed", "handing_off"]).exists():
        time.sleep(0.002)
    settled = _taken(oracle)
    assert settled - before <= 2 * BATCH, f"pause {number} let more than the batches in hand go"
    if number % 10 == 0:
        time.sleep(0.1)
        assert _taken(oracle) == settled, f"pause {number} did not hold"


def test_who_wants_no_more_gets_nothing_after_the_batch_in_flight(oracle: MailOracle) -> None:
    campaign = started(SIZE)
    last = Delivery.objects.filter(campaign=campaign).select_related("member").order_by("-pk")
    rows = list(last[: 4 * BATCH])
    with _workers(campaign, 2):
        wait_for_mails(oracle, 3 * BATCH)
        for number, row in enumerate(rows):
            member = row.member
            if number % 2:
                consent.withdraw_all(member, "one click")
            else:
                suppress(member.email_key, "complaint", "test")
        done = _taken(oracle)
        wait_for_the_end(campaign)
    assert done < SIZE - len(rows), "the last had their mails before they could say no"
    assert judge(campaign, oracle, unknown_at_most=0, planned=SIZE).wrong == []
    refused = {row.member.email for row in rows}
    assert not refused & {to for entry in oracle.accepted() for to in entry["to"]}
    skipped = campaign.deliveries.filter(state="skipped").values_list("member__email", "reason")
    assert {address for address, _reason in skipped} == refused
    assert {reason for _address, reason in skipped} == {"no_consent", "suppressed"}


@contextmanager
def _workers(campaign: Campaign, count: int) -> Iterator[None]:
    """That many threads that drain the campaign, as long as anything is open."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            dispatch.drain(campaign.pk, 5)
        connections.close_all()

    threads = [threading.Thread(target=work) for _thread in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _taken(oracle: MailOracle) -> int:
    return oracle.log.read_bytes().count(b"\n") if oracle.log.exists() else 0
