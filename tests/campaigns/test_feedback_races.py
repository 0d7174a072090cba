"""Reports that arrive at the same moment: each counted once, first times and totals agree."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns import feedback, reports
from campaigns.feedback import Report
from campaigns.models import Campaign, Delivery, HourlyTotal, Response
from tests import cast
from tests.loyalty.threads import at_once

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
NAMES = ("Ana", "Gloria", "Hugo")
THREADS = 12


@pytest.fixture
def mails(transactional_db: None, django_db_serialized_rollback: None) -> list[Delivery]:
    """A campaign's mails to three members."""
    club = cast.club()
    campaign = cast.campaign(club)
    sent: dict[str, Any] = {"state": "accepted", "accepted_at": MONDAY, "tracked": True}
    return [
        Delivery.objects.create(
            campaign=campaign, member=cast.member(club, name), business_at=MONDAY, **sent
        )
        for name in NAMES
    ]


def _report(delivery: Delivery, hours: int) -> Report:
    return Report(
        delivery_id=delivery.pk,
        kind="opened",
        key=f"{delivery.pk}:{hours}",
        occurred_at=MONDAY + timedelta(hours=hours),
        source="web",
        actor="human",
    )


def test_one_report_told_by_many_is_one_response(mails: list[Delivery]) -> None:
    told = at_once(THREADS, lambda _number: feedback.record(_report(mails[0], 0)))
    assert sorted(told, key=str) == [False] * (THREADS - 1) + [True]
    assert Response.objects.count() == 1
    assert reports.reconcile(Campaign.objects.get()) == {}


def test_reports_that_move_first_times_agree_in_the_end(mails: list[Delivery]) -> None:
    # Every thread tells the three mails' opens in another order, latest first or last.
    def tell(number: int) -> list[bool]:
        hours = range(4) if number % 2 else reversed(range(4))
        turn = number % len(mails)
        order = mails[turn:] + mails[:turn]
        return [feedback.record(_report(mail, hour)) for hour in hours for mail in order]

    told = at_once(THREADS, tell)
    assert sum(sum(new) for new in told) == Response.objects.count() == 4 * len(mails)
    first_hour = HourlyTotal.objects.get(hour=MONDAY)
    assert (first_hour.events, first_hour.firsts) == (len(mails), len(mails))
    assert not HourlyTotal.objects.exclude(hour=MONDAY).exclude(firsts=0).exists()
    assert reports.reconcile(Campaign.objects.get()) == {}
