"""A club that sends through an ESP: the simulated one over real HTTP, or a double of SendGrid."""

from collections.abc import Iterator
from typing import Any

import pytest

from campaigns.transports import Outgoing
from tests import cast
from tests.campaigns import mails
from tests.campaigns.provider import Provider, sendgrid
from tests.cast import Club
from tests.esp_simulator.running import SENDGRID, EspSimulator, esp_simulator


@pytest.fixture
def esp(settings: Any) -> Iterator[EspSimulator]:
    """A provider of one's own, to which campaigns go."""
    with esp_simulator() as running:
        # A second is long for the loopback interface, and short for a test of silence.
        settings.ANYMAIL = {**running.anymail, "REQUESTS_TIMEOUT": 1.0}
        settings.REGULARS_TRANSPORT, settings.REGULARS_ESP_BACKEND = "esp", SENDGRID
        yield running


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Provider:
    """SendGrid without a network."""
    return sendgrid(monkeypatch, settings)


@pytest.fixture
def four(club: Club) -> list[Outgoing]:
    """Four mails in one language, all tracked."""
    for name in ("Gloria", "Hugo", "Irene", "Jaime"):
        cast.member(club, name)
    return mails.written(mails.started(club))
