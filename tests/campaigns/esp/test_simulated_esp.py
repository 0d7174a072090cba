"""Sending by an ESP's rules, over real HTTP: the simulator enforces them and keeps the record."""

from collections import Counter
from typing import Any

import pytest

from campaigns import dispatch, lifecycle
from campaigns.models import Campaign
from tests import cast
from tests.cast import Club
from tests.esp_simulator.running import EspSimulator
from tests.faults.crowd import crowd

pytestmark = pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")


def _started(club: Club, **facts: Any) -> Campaign:
    return lifecycle.start(cast.approved(club, cast.campaign(club, first_percent=0, **facts)))


def test_a_campaign_goes_out_in_calls_of_a_thousand_at_most(club: Club, esp: EspSimulator) -> None:
    crowd(club, 1_500)
    campaign = _started(club)
    dispatch.drain(campaign.pk, budget=60)
    assert lifecycle.progress(campaign) == {"accepted": 1_500}
    assert set(esp.acceptances().values()) == {1}
    assert len(esp.acceptances()) == 1_500
    assert max(len(call["deliveries"]) for call in esp.calls()) <= 1_000


def test_everyone_gets_their_own_words_and_a_way_out(club: Club, esp: EspSimulator) -> None:
    cast.everyone(club)
    campaign = _started(club)
    dispatch.drain(campaign.pk)
    by_address = {one["to"]: one for one in esp.accepted()}
    assert set(by_address) == {"ana@example.com", "bruno@example.com", "gloria@example.com"}
    assert "Hello Gloria." in str(by_address["gloria@example.com"]["mail"])
    for one in by_address.values():
        headers = {name.lower(): value for name, value in one["headers"].items()}
        assert headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
        assert "/unsubscribe/" in headers["list-unsubscribe"]


def test_one_address_that_the_provider_refuses_costs_only_that_mail(
    club: Club, esp: EspSimulator
) -> None:
    for name in ("Ana", "Gloria", "Hugo", "Irene"):
        cast.member(club, name)
    esp.control(refuse="hugo@")
    campaign = _started(club)
    dispatch.drain(campaign.pk)
    states = dict(campaign.deliveries.values_list("member__first_name", "state"))
    assert states == {
        "Ana": "accepted",
        "Gloria": "accepted",
        "Hugo": "rejected",
        "Irene": "accepted",
    }
    assert set(esp.acceptances().values()) == {1}


@pytest.mark.parametrize(
    ("answer", "state", "taken"),
    [
        ("429", "deferred", 0),
        ("503", "deferred", 0),
        ("401", "deferred", 0),
        ("500_taken", "unknown", 3),
        ("500", "unknown", 0),
        ("drop_taken", "unknown", 3),
    ],
)
def test_what_the_provider_may_have_taken_is_never_sent_again(
    club: Club, esp: EspSimulator, answer: str, state: str, taken: int
) -> None:
    crowd(club, 3)
    esp.control(answers=[answer])
    campaign = _started(club)
    for _time in range(2):
        dispatch.drain(campaign.pk)
    states = Counter(campaign.deliveries.exclude(state="skipped").values_list("state", flat=True))
    assert states == {state: 3}
    assert sum(esp.acceptances().values()) == taken
