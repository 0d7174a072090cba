"""The mail oracle, with and without PIPELINING, started once for all tests of a session."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from campaigns.transports import smtp_connection
from tests.servers import MailOracle, mail_oracle


@pytest.fixture(scope="session")
def oracles() -> Iterator[dict[bool, MailOracle]]:
    """Both oracles, by whether they offer PIPELINING."""
    with ExitStack() as stack:
        yield {offer: stack.enter_context(mail_oracle(pipelining=offer)) for offer in (True, False)}


@pytest.fixture(params=[True, False], ids=["pipelined", "stepwise"])
def oracle(
    request: pytest.FixtureRequest,
    oracles: dict[bool, MailOracle],
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> MailOracle:
    """A well-behaved oracle with an empty record, to which this process sends."""
    chosen = oracles[request.param]
    chosen.misbehave()
    if chosen.log.exists():
        os.truncate(chosen.log, 0)
    settings.REGULARS_TRANSPORT, settings.REGULARS_SMTP_URL = "smtp", chosen.url
    settings.REGULARS_JOURNALS = tmp_path / "journals"
    monkeypatch.setattr(smtp_connection, "TIMEOUT", 0.4)
    return chosen
