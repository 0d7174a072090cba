"""Three members, a campaign on its way to them, journals of one's own, and a mail server."""

from pathlib import Path
from typing import Any

import pytest

from campaigns.models import Campaign
from campaigns.transports import Outgoing
from tests import cast
from tests.campaigns import mails
from tests.campaigns.scripted_smtp import Script
from tests.cast import Club


@pytest.fixture(autouse=True)
def own_folders(settings: Any, tmp_path: Path) -> None:
    """An outbox and journals that no other test sees."""
    settings.REGULARS_OUTBOX = tmp_path / "outbox"
    settings.REGULARS_JOURNALS = tmp_path / "journals"


@pytest.fixture
def club(db: None) -> Club:
    """The corner shop's club, with three who can be mailed."""
    club = cast.club()
    for name in ("Gloria", "Hugo", "Irene"):
        cast.member(club, name)
    return club


@pytest.fixture
def campaign(club: Club) -> Campaign:
    """Sending to the three."""
    return mails.started(club)


@pytest.fixture
def three(campaign: Campaign) -> list[Outgoing]:
    """Three mails, ready."""
    return mails.written(campaign)


@pytest.fixture(params=["stepwise", "pipelined"])
def pipelining(request: pytest.FixtureRequest) -> bool:
    """Whether the server offers it."""
    return bool(request.param == "pipelined")


@pytest.fixture
def script(pipelining: bool) -> Script:
    """A server that takes everything until told otherwise."""
    return Script(extensions=("PIPELINING",) if pipelining else ())
