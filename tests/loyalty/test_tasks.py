"""The nightly and hourly tasks: each does its work, and doing it twice is doing it once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from config.celery import app
from loyalty import tasks
from loyalty.models import Entry, LedgerAudit, TierScheme, TierStanding
from profiles.models import Member
from tests import cast
from tests.loyalty.books import check_books, earn


@pytest.fixture
def eager() -> Iterator[None]:
    """What a task asks of the workers, it does itself."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.mark.usefixtures("eager")
def test_overdue_points_are_booked_once(gloria: Member) -> None:
    now = timezone.now()
    earn(gloria.account, 30, "e", now - timedelta(days=9), expires_at=now - timedelta(days=2))
    for _again in range(2):
        tasks.expire_points()
    assert Entry.objects.filter(kind="expire").count() == 1
    check_books(gloria.account)


def test_the_nightly_audit_leaves_its_result(gloria: Member) -> None:
    earn(gloria.account, 30, "e")
    tasks.audit_ledger()
    run = LedgerAudit.objects.get()
    assert (run.differences, run.entries) == (0, 1)
    assert run.finished_at


def test_brands_are_looked_after(club: cast.Club, gloria: Member) -> None:
    TierScheme.objects.create(brand=club.brand)
    club.brand.tiers.create(key="regular", name={"en": "Regular"}, rank=1, threshold=0)
    earn(gloria.account, 30, "e")
    for _again in range(2):
        tasks.look_after_brands()
    assert TierStanding.objects.get(account=gloria.account).tier is not None


@pytest.mark.parametrize("task", [tasks.pay_referrals, tasks.finish_offline_events, tasks.tidy])
def test_with_nothing_to_do_nothing_happens(gloria: Member, task: object) -> None:
    assert callable(task)
    task()
    assert not Entry.objects.exists()
