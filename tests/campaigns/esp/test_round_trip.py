"""From the call to the ESP to the events that come back; and how calls are divided."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from campaigns import dispatch, reports
from campaigns.models import Delivery
from campaigns.transports.esp_messages import BYTES_PER_CALL, Prepared, chunks
from campaigns.webhooks.processing import process_waiting
from profiles.suppression import is_suppressed
from tests import cast
from tests.campaigns import mails
from tests.campaigns.provider import Provider, addresses, custom_args
from tests.campaigns.sendgrid import Sender, event
from tests.cast import Club

pytestmark = pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")


def test_events_find_the_delivery_by_what_was_posted(
    club: Club, provider: Provider, client: Client, settings: Any
) -> None:
    for name in ("Gloria", "Hugo", "Irene"):
        cast.member(club, name)
    campaign = mails.started(club)
    dispatch.drain(campaign.pk)
    told = {
        address: args
        for body in provider.bodies
        for address, args in zip(addresses(body), custom_args(body), strict=True)
    }
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


def _prepared(club: Club, recipients: list[str]) -> list[Prepared]:
    cast.gloria(club)
    (mail,) = mails.written(mails.started(club))
    return [Prepared(replace(mail, recipient=recipient), {}) for recipient in recipients]


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
