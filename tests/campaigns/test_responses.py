"""Clicks, opens and redemptions: recorded once, only where allowed, and adding up."""

import random
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db.models import F
from django.test import Client
from django.utils import timezone

from campaigns import dispatch, feedback, lifecycle, reports
from campaigns.feedback import Report
from campaigns.models import Campaign, Delivery, HourlyTotal, Response, TrackedLink
from campaigns.urls_in_mails import MailAddresses
from loyalty import vouchers
from profiles import consent
from tests import cast
from tests.cast import Club

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
LATER = timedelta(minutes=1)
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)


@pytest.fixture
def campaign(club: Club, settings: object, tmp_path: object) -> Campaign:
    """A campaign with one offer that went to Ana, Bruno and Gloria."""
    settings.REGULARS_OUTBOX = tmp_path  # type: ignore[attr-defined]
    cast.everyone(club)
    started = lifecycle.start(cast.approved(club, cast.campaign(club, cast.offer(club))))
    dispatch.drain(started.pk)
    # Long enough ago for a person to have opened it.
    Delivery.objects.filter(state="accepted").update(
        accepted_at=F("accepted_at") - timedelta(0, 60)
    )
    return started


def _delivery(campaign: Campaign, name: str) -> Delivery:
    return Delivery.objects.get(campaign=campaign, member__first_name=name)


def _click(delivery: Delivery) -> str:
    link = TrackedLink.objects.filter(compiled_email=delivery.compiled_email).get()
    return MailAddresses().click(delivery.pk, link.pk).removeprefix("http://localhost:8000")


def _pixel(delivery: Delivery) -> str:
    return MailAddresses().pixel(delivery.pk).removeprefix("http://localhost:8000")


def test_a_click_leads_on_and_is_recorded_once(campaign: Campaign, client: Client) -> None:
    address = _click(_delivery(campaign, "Ana"))
    with time_machine.travel(timezone.now().replace(second=30), tick=False):
        answers = [client.get(address, headers={"user-agent": BROWSER}) for _again in range(3)]
    for answer in answers:
        assert (answer.status_code, answer["Location"]) == (302, "https://shop.example/week")
        assert answer["Cache-Control"] == "private, no-store"
    response = Response.objects.get()
    assert (response.kind, response.actor, response.source) == ("clicked", "human", "web")
    assert reports.figures(campaign)["clicked"].number == 1


def test_an_open_is_recorded_and_answered_with_a_pixel(campaign: Campaign, client: Client) -> None:
    answer = client.get(_pixel(_delivery(campaign, "Gloria")), headers={"user-agent": BROWSER})
    assert answer["Content-Type"] == "image/gif"
    assert reports.figures(campaign)["opened"].number == 1


def test_a_withdrawal_silences_mails_already_sent(campaign: Campaign, client: Client) -> None:
    delivery = _delivery(campaign, "Ana")
    consent.set_tracking(delivery.member, False, "preferences")
    answer = client.get(_click(delivery), headers={"user-agent": BROWSER})
    assert answer.status_code == 302
    assert not Response.objects.exists()


def test_head_follows_the_link_and_records_nothing(campaign: Campaign, client: Client) -> None:
    assert client.head(_click(_delivery(campaign, "Ana"))).status_code == 302
    assert not Response.objects.exists()


def test_a_machine_is_recorded_and_not_counted(campaign: Campaign, client: Client) -> None:
    client.get(_click(_delivery(campaign, "Ana")), headers={"user-agent": "Googlebot/2.1"})
    assert Response.objects.get().actor == "machine"
    assert reports.figures(campaign)["clicked"].number == 0


def test_a_proxy_that_fetches_pictures_is_an_open(campaign: Campaign, client: Client) -> None:
    proxy = (
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
    )
    client.get(_pixel(_delivery(campaign, "Ana")), headers={"user-agent": proxy})
    assert reports.figures(campaign)["opened"].number == 1


@pytest.mark.parametrize("change", [lambda a: a[:-3] + "AA/", lambda a: a.replace("/c/", "/view/")])
def test_a_forged_token_is_not_found_and_changes_nothing(
    campaign: Campaign, client: Client, change: object
) -> None:
    address = _click(_delivery(campaign, "Ana"))
    assert client.get(change(address)).status_code == 404  # type: ignore[operator]
    assert not Response.objects.exists()


def test_a_redemption_is_given_to_the_mail_that_carried_the_voucher(campaign: Campaign) -> None:
    delivery = _delivery(campaign, "Ana")
    code = delivery.member.vouchers.get().code
    use = vouchers.redeem(
        source="till", key="1", code=code, request_hash="x", occurred_at=datetime.now(UTC)
    )
    delivery.refresh_from_db()
    assert delivery.first_redeemed_at == use.occurred_at
    assert reports.figures(campaign)["redeemed"].number == 1


def test_the_figures_add_up_and_open_their_members(campaign: Campaign) -> None:
    figures = reports.figures(campaign)
    assert figures.adds_up
    assert figures.reasons == {"no_address": 1, "suppressed": 1, "paused": 1, "no_consent": 1}
    assert (figures["trackable"].number, figures["accepted"].number) == (2, 3)
    for share in figures.shares():
        assert reports.members_behind(campaign, share.key).count() == share.number
    carmen = reports.members_behind(campaign, "skipped:no_address").get()
    assert carmen.first_name == "Carmen"


def test_rates_divide_by_trackable_members(campaign: Campaign, client: Client) -> None:
    client.get(_click(_delivery(campaign, "Ana")), headers={"user-agent": BROWSER})
    share = reports.figures(campaign)["clicked"]
    assert (share.number, share.of, share.percent) == (1, 2, 50.0)
    assert share.interval is not None
    low, high = share.interval
    assert low == pytest.approx(9.45, abs=0.01)
    assert high == pytest.approx(90.55, abs=0.01)


def test_shuffled_and_repeated_reports_end_in_the_same_totals(campaign: Campaign) -> None:
    names = ["Ana", "Gloria"]
    told = [
        Report(
            delivery_id=_delivery(campaign, name).pk,
            kind=kind,
            key=f"{name}:{kind}:{hour}",
            occurred_at=MONDAY + timedelta(hours=hour),
            source="web",
            actor="human",
        )
        for name in names
        for kind in ("delivered", "opened", "clicked")
        for hour in (0, 1, 5)
    ]
    clean = _totals_after(told)
    for seed in range(5):
        mixed = told * 3
        random.Random(seed).shuffle(mixed)
        assert _totals_after(mixed) == clean
        assert reports.reconcile(campaign) == {}


def _totals_after(told: list[Report]) -> list[tuple[object, ...]]:
    from campaigns.models import ResponseKey

    for model in (Response, ResponseKey, HourlyTotal):
        model.objects.all().delete()
    columns = dict.fromkeys(feedback.FIRST_TIMES.values())
    Delivery.objects.update(**columns)
    for report in told:
        feedback.record(report)
    totals = HourlyTotal.objects.order_by("kind", "hour")
    return [
        *totals.exclude(events=0).values_list("kind", "hour", "events", "firsts"),
        *Delivery.objects.order_by("pk").values_list(*columns),
    ]
