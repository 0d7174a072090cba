"""A club that sends through the simulated ESP over real HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests import cast
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
def club(db: None) -> Club:
    """The corner shop's club."""
    return cast.club()
