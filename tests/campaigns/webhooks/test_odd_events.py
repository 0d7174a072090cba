"""One event that nobody can use never stops the others."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import DataError
from django.utils import timezone

from campaigns import reports
from campaigns.models import Campaign, RawEvent, Response
from campaigns.webhooks.processing import process_waiting
from profiles import consent
from tests.campaigns.sendgrid import Sender, event
from tests.campaigns.webhooks.conftest import delivery_to, quarantined, tell


@pytest.mark.parametrize("name", ["event", "timestamp", "email", "delivery", "response", "type"])
def test_a_field_of_any_type_harms_no_other_event(
    campaign: Campaign, sendgrid: Sender, name: str
) -> None:
    bruno, ana = delivery_to(campaign, "Bruno"), delivery_to(campaign, "Ana")
    values: list[Any] = [None, [], {}, 7, -1.5, True, "", "x" * 5_000, 1e20, 10**400]
    odd = [{**event("bounce", bruno), name: value} for value in values]
    tell(sendgrid, *odd, *[{**event("dropped", bruno), name: value} for value in values])
    tell(sendgrid, event("delivered", ana))
    assert reports.figures(campaign)["delivered"].number == 1
    assert RawEvent.objects.count() == 2 * len(values) + 1
    assert not RawEvent.objects.filter(state="new").exists()


@pytest.mark.parametrize(
    "odd",
    [
        b'{"sg_event_id": "1", "event": NaN}',
        b'{"sg_event_id": "1", "event": -1e999}',
        rb'{"sg_event_id": "1", "event": "\ud800"}',
        rb'{"sg_event_id": "\ud800\u0000", "event": "\u0000"}',
        rb'{"sg_event_id": "1", "event": "\\u0000"}',
        rb'{"sg_event_id": "1", "\u0000": "open"}',
        b'{"sg_event_id": "1", "event": ' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"sg_event_id": ["1"]}',
        b'{"sg_event_id": "' + b"1" * 200 + b'"}',
        b"7",
        b"null",
        b"[]",
    ],
)
def test_what_a_database_cannot_hold_is_quarantined(
    campaign: Campaign, sendgrid: Sender, odd: bytes
) -> None:
    good = json.dumps(event("delivered", delivery_to(campaign, "Ana"))).encode()
    for _again in range(2):
        assert sendgrid.post(b"[" + odd + b", " + good + b"]") == 204
    process_waiting()
    assert reports.figures(campaign)["delivered"].number == 1
    assert len(quarantined()) == 1


@pytest.mark.parametrize("number", ["0", "999999999", "9" * 30, "1 OR 1=1", "٣", "-1", "1.0"])
def test_an_unknown_delivery_is_quarantined(
    campaign: Campaign, sendgrid: Sender, number: str
) -> None:
    tell(sendgrid, {**event("delivered"), "delivery": number})
    assert len(quarantined()) == 1
    assert not Response.objects.exists()


def test_an_unknown_kind_is_quarantined(campaign: Campaign, sendgrid: Sender) -> None:
    tell(sendgrid, event("account_status_change", delivery_to(campaign, "Ana")))
    assert quarantined() == ["Unusable: unknown kind unknown"]


@pytest.mark.parametrize("stamp", [1e20, 10**18, -(10**12), 4_102_444_800, 0])
def test_an_impossible_time_becomes_the_time_of_arrival(
    campaign: Campaign, sendgrid: Sender, stamp: float
) -> None:
    tell(sendgrid, event("delivered", delivery_to(campaign, "Ana"), timestamp=stamp))
    assert abs(Response.objects.get().occurred_at - timezone.now()) < timedelta(minutes=1)


def test_an_event_that_the_database_refuses_does_not_stop_the_others(
    campaign: Campaign, sendgrid: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object) -> None:
        raise DataError("value out of range")

    monkeypatch.setattr(consent, "withdraw_all", refuse)
    tell(
        sendgrid,
        event("spamreport", delivery_to(campaign, "Bruno")),
        event("delivered", delivery_to(campaign, "Ana")),
    )
    assert quarantined() == ["DataError: value out of range"]
    assert [row.kind for row in Response.objects.all()] == ["delivered"]
