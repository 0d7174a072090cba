"""``kill -9`` in the middle of a campaign: nobody is mailed twice, nobody is lost silently.

The mail server judges, not the database: it logs what it accepted before it says so.
"""

import random
from collections import Counter

import pytest

from campaigns import lifecycle
from campaigns.models import OPEN_STATES, Campaign, Delivery
from tests import cast
from tests.faults.crowd import crowd, due_campaign
from tests.processes import Deployment, Process, wait_until
from tests.servers import MailOracle, mail_oracle

pytestmark = pytest.mark.fault

SIZE = 2_000
KILLS = 3
CONCURRENCY = 2
SEED = 20_261_116


def test_killed_workers_send_nothing_twice_and_lose_nothing(deployment: Deployment) -> None:
    club = cast.club()
    crowd(club, SIZE)
    campaign = due_campaign(club)
    moments = sorted(random.Random(SEED).sample(range(100, SIZE - 300), KILLS))
    with mail_oracle(delay=0.001) as oracle:
        deployment.beat()
        for moment in moments:
            worker = _worker(deployment, oracle)
            _kill_after(worker, oracle, campaign, moment)
        _worker(deployment, oracle)
        wait_until(lambda: _finished(campaign), 240, "the campaign to finish")
        _judge(campaign, oracle)


def test_without_a_kill_everyone_is_accepted_exactly_once(deployment: Deployment) -> None:
    """The control: what the test above loses to ``unknown`` is due to the kills."""
    club = cast.club()
    crowd(club, 300)
    campaign = due_campaign(club)
    with mail_oracle() as oracle:
        deployment.beat()
        _worker(deployment, oracle)
        wait_until(lambda: _finished(campaign), 120, "the campaign to finish")
        assert lifecycle.progress(campaign) == {"accepted": 300}
        assert set(oracle.acceptances().values()) == {1}
        assert len(oracle.acceptances()) == 300


def _worker(deployment: Deployment, oracle: MailOracle) -> Process:
    return deployment.worker(
        concurrency=CONCURRENCY,
        REGULARS_TRANSPORT="smtp",
        REGULARS_SMTP_URL=oracle.url,
        REGULARS_LEASE_SECONDS="14",
        REGULARS_BATCH_SIZE="150",
    )


def _kill_after(worker: Process, oracle: MailOracle, campaign: Campaign, moment: int) -> None:
    wait_until(lambda: len(oracle.accepted()) >= moment, 120, f"{moment} accepted mails")
    worker.kill()
    # The kill hit while work was in hand, or it proves nothing.
    in_hand = Delivery.objects.filter(campaign=campaign, state__in=["claimed", "handing_off"])
    assert in_hand.exists()


def _finished(campaign: Campaign) -> bool:
    rows = Delivery.objects.filter(campaign=campaign)
    return rows.exists() and not rows.filter(state__in=OPEN_STATES).exists()


def _judge(campaign: Campaign, oracle: MailOracle) -> None:
    acceptances = oracle.acceptances()
    assert max(acceptances.values()) == 1, "somebody got two mails"
    states = Counter(campaign.deliveries.values_list("state", flat=True))
    assert sum(states.values()) == SIZE
    assert set(states) <= {"accepted", "unknown"}
    by_state = {
        state: {
            f"{pk}.{attempt}"
            for pk, attempt in campaign.deliveries.filter(state=state).values_list("pk", "attempt")
        }
        for state in ("accepted", "unknown")
    }
    taken = set(acceptances)
    assert by_state["accepted"] <= taken, "a mail counts as accepted that the server never took"
    assert taken <= by_state["accepted"] | by_state["unknown"], "an accepted mail is not on record"
    assert states["unknown"] <= KILLS * CONCURRENCY, "more unknown than the killed workers held"
    print(f"{KILLS} kills: {dict(states)}; the server took {len(taken)}")
