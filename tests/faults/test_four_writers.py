"""Four who write at the same time: on SQLite, too, each waits for its turn, nobody is refused."""

from typing import Any

import pytest
from django.utils import timezone

from campaigns import dispatch, feedback, lifecycle
from campaigns.feedback import Report
from campaigns.models import Delivery, Response
from loyalty import ledger
from profiles import consent
from profiles.models import Member
from tests import cast
from tests.cast import Club
from tests.faults.crowd import crowd, due_campaign
from tests.loyalty.books import check_books, earn
from tests.loyalty.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

SIZE = 40
BATCH = 5


@pytest.fixture
def club(transactional_db: None, django_db_serialized_rollback: None, settings: Any) -> Club:
    """A club with a crowd, and small batches, so that writers take turns."""
    settings.REGULARS_BATCH_SIZE = BATCH
    club = cast.club()
    crowd(club, SIZE)
    return club


def test_a_send_events_points_and_preferences_do_not_get_into_each_others_way(
    club: Club, settings: Any, tmp_path: Any
) -> None:
    settings.REGULARS_JOURNALS, settings.REGULARS_OUTBOX = tmp_path / "journals", tmp_path / "out"
    campaign = lifecycle.start(due_campaign(club))
    gloria = cast.gloria(club)
    rows = list(campaign.deliveries.order_by("pk"))

    def act(number: int) -> None:
        if number == 0:
            dispatch.drain(campaign.pk, budget=60)
        for place, row in enumerate(rows):
            if number == 1:
                _opened(row)
            elif number == 2:
                _earned(gloria, place)
            elif number == 3:
                consent.grant_topic(row.member, club.wine, "test")

    assert at_once(4, act) == [None] * 4
    assert lifecycle.progress(campaign) == {"accepted": SIZE}
    assert Response.objects.filter(delivery__campaign=campaign).count() == SIZE
    assert ledger.balance(gloria.account) == SIZE
    check_books(gloria.account)
    assert club.wine.subscriptions.filter(state="subscribed").count() == SIZE


def _opened(row: Delivery) -> None:
    moment = timezone.now()
    told = Report(row.pk, Response.Kind.OPENED, f"test:{row.pk}", moment, "test")
    assert feedback.record(told)


def _earned(member: Member, number: int) -> None:
    earn(member.account, 1, f"basket-{number}", timezone.now())
