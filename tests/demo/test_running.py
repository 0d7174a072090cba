"""The demo's campaigns are sent, redeemed, read and reported, and a second run changes nothing."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from campaigns import dispatch, lifecycle
from campaigns.models import Campaign, Delivery, Response
from loyalty.models import VoucherUse
from portal.demo import mail_files, sending
from portal.demo.calls import Answer, Call
from portal.demo.dates import Shift
from portal.demo.mail_files import SentMail
from portal.demo.models import DemoLoad
from portal.demo.progress import Progress
from portal.demo.redemptions import redemptions
from portal.demo.replay import replay
from portal.demo.report import DemoReport, make_report, table
from portal.demo.shopping_data import ShoppingData
from portal.demo.simulator import simulate
from profiles.models import Brand


class TestCaller:
    """Makes the demo's calls on Django's test client."""

    __test__ = False

    def __init__(self) -> None:
        self.calls: list[str] = []

    def each(self, calls: Iterable[Call]) -> Iterator[Answer]:
        """One call after the other."""
        for call in calls:
            self.calls.append(call.method)
            response = Client().generic(call.method, call.path, call.body, headers=call.headers)
            yield Answer(call, response.status_code, response.content.decode(errors="replace"))

    def in_turn(self, turns: Iterable[list[Call]]) -> Iterator[list[Answer]]:
        """One list after the other."""
        for calls in turns:
            yield list(self.each(calls))


@pytest.fixture(autouse=True)
def demo_settings(settings: Any, tmp_path: Path) -> None:
    """The simulator is heard, and mails go to a folder of the test."""
    settings.REGULARS_DEMO = True
    settings.REGULARS_TRANSPORT = "files"
    settings.REGULARS_OUTBOX = tmp_path / "outbox"
    settings.REGULARS_BASE_URL = "http://testserver"


def _run(club: DemoLoad, data: ShoppingData, progress: Progress, caller: Any = None) -> DemoReport:
    caller = caller or TestCaller()
    sending.schedule_all(progress)
    for campaign in Campaign.objects.all():
        lifecycle.start(campaign)
        dispatch.drain(campaign.pk)
    shift = Shift(club.shift_weeks, ZoneInfo("America/New_York"))
    replay(club, list(redemptions(data, shift)), caller, progress)
    simulate(_mails(), timezone.now(), caller, progress)
    return make_report(Brand.objects.get(), club.facts["expected"])


def _mails() -> list[tuple[SentMail, Delivery]]:
    from django.conf import settings

    pks = list(Campaign.objects.values_list("pk", flat=True))
    paths = mail_files.mail_paths(settings.REGULARS_OUTBOX, pks)
    deliveries = Delivery.objects.select_related("campaign", "member__account").in_bulk()
    mails = [mail_files.read_mail(path) for path in paths]
    return [(mail, deliveries[mail.delivery_id]) for mail in mails]


def test_the_report_shows_the_figures_of_the_data(
    club: DemoLoad, slice_: ShoppingData, progress: Progress
) -> None:
    report = _run(club, slice_, progress)
    assert report.differences == []
    assert report.by_type["A"]["mails"] == sum(slice_.targeted["campaign_id"] == 8) > 0
    assert report.by_type["A"]["redeeming_households"] > 0
    assert "Type A" in table(report)

    mails = _mails()
    assert len(mails) == Delivery.objects.filter(state="accepted").count()
    assert [list(mail_files.faults(*pair)) for pair in mails] == [[]] * len(mails)

    hits = Response.objects.filter(kind__in=["opened", "clicked"])
    assert hits.filter(simulated=True, delivery__tracked=True).count() == hits.count() > 0

    early = Response.objects.filter(occurred_at__lte=F("delivery__business_at"))
    assert not early.exists()
    assert not VoucherUse.objects.filter(replayed=False).exists()


def test_running_again_changes_nothing(
    club: DemoLoad, slice_: ShoppingData, progress: Progress
) -> None:
    first = _run(club, slice_, progress)
    counts = Response.objects.count(), VoucherUse.objects.count(), Delivery.objects.count()
    caller = TestCaller()
    assert _run(club, slice_, progress, caller) == first
    assert set(caller.calls) == {"POST"}, "a mail that was read is not read again"
    again = Response.objects.count(), VoucherUse.objects.count(), Delivery.objects.count()
    assert again == counts


def test_a_mail_that_belongs_to_someone_else_is_found_out(
    club: DemoLoad, slice_: ShoppingData, progress: Progress
) -> None:
    _run(club, slice_, progress)
    mails = _mails()
    other = next(d for _mail, d in mails if d.member_id != mails[0][1].member_id)
    assert list(mail_files.faults(mails[0][0], other))
