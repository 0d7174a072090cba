"""No personal data reaches a log line, wherever in the event it was put."""

import io
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings

from config.logs import logging_settings, mask

ADDRESS = "ana.ruiz@mail.example"
TOKEN = "eyJhbGciOi-JIUzI1NiIs_InR5cCI6"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Log as production does, into a string."""
    written = io.StringIO()
    wanted: dict[str, Any] = logging_settings(as_json=True, level="INFO")
    wanted["handlers"]["stderr"]["stream"] = written
    logging.config.dictConfig(wanted)
    yield written
    logging.config.dictConfig(settings.LOGGING)


def test_addresses_and_tokens_are_masked() -> None:
    assert mask(f"to {ADDRESS}, <{ADDRESS}>") == "to [address], <[address]>"
    assert mask(f"GET /unsubscribe/{TOKEN}/ 200") == "GET /unsubscribe/[token]/ 200"


def test_ordinary_text_is_left_alone() -> None:
    assert mask("campaign 12 sent 3,647 mails") == "campaign 12 sent 3,647 mails"


def test_standard_log_carries_no_address(log: io.StringIO) -> None:
    logging.getLogger("campaigns.dispatch").warning("refused %s", ADDRESS)
    assert "[address]" in log.getvalue()
    assert ADDRESS not in log.getvalue()


def test_structured_log_carries_no_address_in_any_field(log: io.StringIO) -> None:
    structlog.get_logger("campaigns").warning("refused", to=ADDRESS, path=f"/c/{TOKEN}/")
    assert "[address]" in log.getvalue()
    assert ADDRESS not in log.getvalue()
    assert TOKEN not in log.getvalue()


def test_traceback_carries_no_address(log: io.StringIO) -> None:
    try:
        raise ValueError(f"no such mailbox {ADDRESS}")
    except ValueError:
        logging.getLogger("django.request").exception("failed")
    assert "no such mailbox" in log.getvalue()
    assert ADDRESS not in log.getvalue()
