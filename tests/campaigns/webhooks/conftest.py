"""A campaign that was sent, and SendGrid, which tells how it went."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from campaigns import dispatch, lifecycle
from campaigns.models import Campaign, Delivery, RawEvent
from campaigns.webhooks.processing import process_waiting
from tests import cast
from tests.campaigns.sendgrid import Sender
from tests.cast import Club

NAMES = ("Ana", "Bruno", "Gloria")


@pytest.fixture
def campaign(club: Club, settings: Settings, tmp_path: object) -> Campaign:
    """A campaign that went to Ana, Bruno and Gloria."""
    settings.REGULARS_OUTBOX = tmp_path
    cast.everyone(club)
    started = lifecycle.start(cast.approved(club, cast.campaign(club)))
    dispatch.drain(started.pk)
    return started


@pytest.fixture
def sendgrid(client: Client, settings: Settings) -> Sender:
    """SendGrid, whose key the settings know."""
    sender = Sender(client)
    settings.SENDGRID_WEBHOOK_VERIFICATION_KEY = sender.public_key
    return sender


def delivery_to(campaign: Campaign, name: str) -> Delivery:
    """The mail to one of the cast."""
    found: Delivery = campaign.deliveries.select_related("member").get(member__first_name=name)
    return found


def tell(sendgrid: Sender, *events: Any) -> None:
    """Post events and process them."""
    assert sendgrid.post(list(events)) == 204
    process_waiting()


def quarantined() -> list[str]:
    """Why each event that was set aside was."""
    return list(
        RawEvent.objects.filter(state="quarantined").order_by("pk").values_list("error", flat=True)
    )
