"""An ESP without an answer, and one that lets nobody in: what EspTransport makes of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from campaigns import deliveries, dispatch, lifecycle
from campaigns.models import Campaign
from campaigns.transports import Outgoing
from campaigns.transports import esp as esp_transport
from campaigns.transports.esp import EspTransport
from tests.campaigns import mails
from tests.cast import Club
from tests.esp_simulator.running import SENDGRID, EspSimulator
from tests.faults.crowd import crowd

pytestmark = pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")


@pytest.fixture
def six(club: Club, monkeypatch: pytest.MonkeyPatch) -> list[Outgoing]:
    """Six mails, two a call."""
    monkeypatch.setattr(esp_transport, "RECIPIENTS_PER_CALL", 2)
    crowd(club, 6)
    return mails.written(mails.started(club, first_percent=0))


def _hand_over(six: list[Outgoing]) -> dict[str, tuple[str, str]]:
    found = mails.outcomes(EspTransport(SENDGRID), six)
    return {str(mail.delivery_id): told for mail, told in zip(six, found, strict=False)}


@pytest.mark.parametrize(("answer", "taken"), [("timeout_taken", 6), ("timeout_not_taken", 4)])
def test_silence_leaves_exactly_that_call_unknown(
    esp: EspSimulator, six: list[Outgoing], answer: str, taken: int
) -> None:
    esp.control(answers=["202", answer])
    found = _hand_over(six)
    assert [call["answer"] for call in esp.calls()] == ["202", "timeout", "202"]
    silent = esp.calls()[1]["deliveries"]
    assert {pk for pk, told in found.items() if told == ("unknown", "no_answer")} == set(silent)
    assert {pk for pk, told in found.items() if told == ("accepted", "")} == set(found) - set(
        silent
    )
    assert (len(silent), len(found)) == (2, 6)
    assert set(esp.acceptances().values()) == {1}
    assert len(esp.acceptances()) == taken


@pytest.mark.parametrize("answer", ["429", "503"])
def test_what_is_refused_for_now_waits_and_then_goes_out_once(
    esp: EspSimulator, six: list[Outgoing], answer: str
) -> None:
    esp.control(answers=["202", answer])
    found = _hand_over(six)
    refused = set(esp.calls()[1]["deliveries"])
    assert {pk for pk, told in found.items() if told == ("deferred", "refused_for_now")} == refused
    assert len(refused) == 2
    assert _hand_over([mail for mail in six if str(mail.delivery_id) in refused]) == dict.fromkeys(
        refused, ("accepted", "")
    )
    assert set(esp.acceptances().values()) == {1}
    assert len(esp.acceptances()) == 6


def test_after_a_refused_key_nothing_more_is_begun(esp: EspSimulator, six: list[Outgoing]) -> None:
    esp.control(key="SG.revoked")
    found = _hand_over(six)
    assert len(esp.calls()) == 1
    assert set(found.values()) == {("deferred", "key_refused")}
    assert set(found) == set(esp.calls()[0]["deliveries"])


def test_however_long_the_key_is_refused_everyone_gets_the_mail_in_the_end(
    esp: EspSimulator, club: Club
) -> None:
    crowd(club, 3)
    campaign = mails.started(club, first_percent=0)
    rounds = deliveries.MAX_TRIES + 3
    esp.control(answers=["401"] * rounds)
    for _again in range(rounds):
        _drain(campaign)
    assert [call["answer"] for call in esp.calls()] == ["401"] * rounds
    assert lifecycle.progress(campaign) == {"deferred": 3}
    _drain(campaign)
    assert lifecycle.progress(campaign) == {"accepted": 3}
    assert sorted(esp.acceptances().values()) == [1, 1, 1]


def _drain(campaign: Campaign) -> None:
    deliveries.retry_due(timezone.now() + timedelta(days=1))
    dispatch.drain(campaign.pk)


def test_a_refused_recipient_stands_alone_in_the_end(
    esp: EspSimulator, club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd(club, 8)
    esp.control(refuse="m5@")
    found: Any = _hand_over(mails.written(mails.started(club, first_percent=0)))
    refused = [call["deliveries"] for call in esp.calls() if call["answer"] == "400"]
    assert [len(call) for call in refused] == [8, 4, 2, 1]
    (alone,) = refused[-1]
    assert {pk for pk, told in found.items() if told == ("rejected", "refused")} == {alone}
    assert "m5@example.com" not in {one["to"] for one in esp.accepted()}
    assert sorted(esp.acceptances().values()) == [1] * 7
