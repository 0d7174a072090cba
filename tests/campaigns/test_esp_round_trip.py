"""From the call to the ESP to the events that come back; and how calls are divided."""

import json
from dataclasses import replace
from typing import Any

import pytest
import requests
from django.test import Client

from campaigns import dispatch, reports
from campaigns.models import Delivery
from campaigns.transports.esp_messages import BYTES_PER_CALL, SENDGRID, Prepared, chunks
from campaigns.webhooks.processing import process_waiting
from profiles.suppression import is_suppressed
from tests import cast
from tests.campaigns import mails
from tests.campaigns.sendgrid import Sender, event
from tests.cast import Club

pytestmark = pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[dict[str, Any]]:
    """What was posted to SendGrid, which takes everything."""
    settings.ANYMAIL = {"SENDGRID_API_KEY": "SG.key"}
    settings.REGULARS_TRANSPORT, settings.REGULARS_ESP_BACKEND = "esp", SENDGRID
    calls: list[dict[str, Any]] = []

    def request(**sent: Any) -> requests.Response:
        calls.append(json.loads(sent["data"]))
        answer = requests.Response()
        answer.status_code, answer._content = 202, b""
        return answer

    monkeypatch.setattr(requests.Session, "request", staticmethod(request))
    return calls


def _custom_args(calls: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Per address, what SendGrid repeats in each event: the call's arguments and one's own."""
    return {
        one["to"][0]["email"]: {**call.get("custom_args", {}), **one.get("custom_args", {})}
        for call in calls
        for one in call["personalizations"]
    }


def test_events_find_the_delivery_by_what_was_posted(
    club: Club, posted: list[dict[str, Any]], client: Client, settings: Any
) -> None:
    for name in ("Gloria", "Hugo", "Irene"):
        cast.member(club, name)
    campaign = mails.started(club)
    dispatch.drain(campaign.pk)
    told = _custom_args(posted)
    sender = Sender(client)
    settings.SENDGRID_WEBHOOK_VERIFICATION_KEY = sender.public_key
    batch = [event("processed", email=address) | args for address, args in told.items()]
    batch += [event("delivered", email=name) | told[name] for name in sorted(told)[:2]]
    batch += [event("bounce", email="irene@example.com") | told["irene@example.com"]]
    assert sender.post(batch) == 204
    process_waiting()
    figures = reports.figures(campaign)
    numbers = {name: figures[name].number for name in ("accepted", "delivered", "bounced")}
    assert numbers == {"accepted": 3, "delivered": 2, "bounced": 1}
    assert is_suppressed("irene@example.com")
    assert not is_suppressed("hugo@example.com")
    irene = Delivery.objects.get(campaign=campaign, member__first_name="Irene")
    assert (irene.state, irene.delivered_at) == ("accepted", None)
    assert irene.bounced_at is not None


def _prepared(club: Club, addresses: list[str]) -> list[Prepared]:
    cast.gloria(club)
    (mail,) = mails.written(mails.started(club))
    return [Prepared(replace(mail, recipient=address), {}) for address in addresses]


def test_a_call_has_a_thousand_recipients_at_most(club: Club) -> None:
    prepared = _prepared(club, [f"{number}@example.com" for number in range(1_500)])
    small = [replace(one, mail=replace(one.mail, message=b"x")) for one in prepared]
    assert [len(chunk) for chunk in chunks(small, 1_000)] == [1_000, 500]


def test_a_call_is_bounded_in_size(club: Club) -> None:
    prepared = _prepared(club, [f"{number}@example.com" for number in range(5)])
    third = b"x" * (BYTES_PER_CALL // 3)
    large = [replace(one, mail=replace(one.mail, message=third)) for one in prepared]
    assert [len(chunk) for chunk in chunks(large, 1_000)] == [3, 2]


def test_an_address_stands_once_in_a_call(club: Club) -> None:
    prepared = _prepared(club, ["a@example.com", "b@example.com", "A@Example.com"])
    found = [[one.mail.recipient for one in chunk] for chunk in chunks(prepared, 1_000)]
    assert found == [["a@example.com", "b@example.com"], ["A@Example.com"]]
