"""Campaigns that freeze at the same moment: together they keep to a member's weekly cap."""

from threading import Barrier, BrokenBarrierError, Event

import pytest
from django.db import connection, transaction
from django.utils import timezone

from campaigns import audience, lifecycle
from campaigns.compiled_emails import compile_campaign
from campaigns.models import Campaign, Delivery
from tests import cast
from tests.cast import Club
from tests.loyalty.threads import at_once

CAMPAIGNS = 4
MEMBERS = 5


@pytest.fixture
def club(transactional_db: None, django_db_serialized_rollback: None) -> Club:
    """The club; each of its members wants one mail a week."""
    made = cast.club()
    for number in range(MEMBERS):
        cast.member(made, f"M{number}", weekly_cap=1)
    return made


def _campaigns(club: Club) -> list[Campaign]:
    return [
        cast.approved(club, cast.campaign(club, name=f"Number {number}"))
        for number in range(CAMPAIGNS)
    ]


def _decided() -> dict[str, int]:
    rows = Delivery.objects.all()
    return {
        "planned": rows.filter(state="planned").count(),
        "capped": rows.filter(reason="capped").count(),
    }


def test_caps_hold_across_campaigns_that_freeze_at_once(club: Club) -> None:
    campaigns = _campaigns(club)
    at_once(CAMPAIGNS, lambda number: lifecycle.start(campaigns[number]))
    assert _decided() == {"planned": MEMBERS, "capped": MEMBERS * (CAMPAIGNS - 1)}


def test_without_waiting_for_others_they_would_not(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "_wait_for_others", lambda _campaign: None)
    campaigns, together = _campaigns(club), Barrier(CAMPAIGNS)
    at_once(CAMPAIGNS, lambda number: _freeze_together(campaigns[number], together))
    # SQLite has one writer, so there they cannot meet at all.
    mails = CAMPAIGNS if connection.vendor == "postgresql" else 1
    assert _decided()["planned"] == MEMBERS * mails


def test_waiting_holds_until_the_end_of_the_transaction(club: Club) -> None:
    campaigns, together = _campaigns(club), Barrier(CAMPAIGNS)
    at_once(CAMPAIGNS, lambda number: _freeze_together(campaigns[number], together))
    assert _decided()["planned"] == MEMBERS


def test_members_can_join_while_a_campaign_freezes(club: Club) -> None:
    campaigns, together, frozen = _campaigns(club), Barrier(2), Event()

    def join() -> bool:
        frozen.wait()
        cast.member(club, "Nadia")
        return _meet(together)

    met = at_once(2, lambda n: join() if n else _freeze_together(campaigns[0], together, frozen))
    # On SQLite joining waits like every other write.
    assert met == [connection.vendor == "postgresql"] * 2


def _freeze_together(campaign: Campaign, together: Barrier, frozen: Event | None = None) -> bool:
    """Commit no earlier than the others have written, too, or a second has passed."""
    with transaction.atomic():
        audience.freeze(campaign, compile_campaign(campaign), timezone.now())
        if frozen:
            frozen.set()
        return _meet(together)


def _meet(together: Barrier) -> bool:
    try:
        together.wait(timeout=1)
    except BrokenBarrierError:
        return False
    return True
