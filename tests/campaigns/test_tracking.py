"""What a tracked address does with odd hits: the reader always gets on, the figures stay true."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from campaigns import dispatch, feedback, lifecycle, reports, tracking
from campaigns.models import Campaign, Delivery, Response, TrackedLink
from campaigns.urls_in_mails import MailAddresses
from profiles import consent
from profiles.leaving import leave
from profiles.models import Member
from tests import cast
from tests.campaigns.forcing import force
from tests.cast import Club

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)


@pytest.fixture
def campaign(club: Club, settings: Any, tmp_path: object) -> Campaign:
    """A campaign that went to Ana, Bruno and Gloria an hour ago."""
    settings.REGULARS_OUTBOX = tmp_path
    cast.everyone(club)
    started = lifecycle.start(cast.approved(club, cast.campaign(club)))
    dispatch.drain(started.pk)
    sent = started.deliveries.filter(state="accepted")
    sent.update(accepted_at=timezone.now() - timedelta(hours=1))
    return started


def _delivery(campaign: Campaign, name: str) -> Delivery:
    found: Delivery = campaign.deliveries.get(member__first_name=name)
    return found


def _path(address: str) -> str:
    return address.removeprefix("http://localhost:8000")


def _link(delivery: Delivery) -> TrackedLink:
    return TrackedLink.objects.get(compiled_email=delivery.compiled_email)


def _click(client: Client, delivery: Delivery, **headers: str) -> Any:
    address = _path(MailAddresses().click(delivery.pk, _link(delivery).pk))
    return client.get(address, headers={"user-agent": BROWSER, **headers})


def _open(client: Client, delivery: Delivery) -> Any:
    return client.get(_path(MailAddresses().pixel(delivery.pk)), headers={"user-agent": BROWSER})


def test_the_reader_gets_on_when_the_hit_cannot_be_recorded(
    campaign: Campaign, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_report: object) -> bool:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(feedback, "record", full)
    ana = _delivery(campaign, "Ana")
    assert _click(client, ana)["Location"] == "https://shop.example/week"
    assert _open(client, ana)["Content-Type"] == "image/gif"
    assert not Response.objects.exists()


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("https://shop.example/jamón", "https://shop.example/jam%C3%B3n"),
        (
            "https://shop.example/日本?q=ñ#ç",
            "https://shop.example/%E6%97%A5%E6%9C%AC?q=%C3%B1#%C3%A7",
        ),
        ("https://shop.example/a%20b?c=1&d=%2F", "https://shop.example/a%20b?c=1&d=%2F"),
    ],
)
def test_a_link_in_any_alphabet_leads_where_it_says(
    campaign: Campaign, client: Client, url: str, location: str
) -> None:
    ana = _delivery(campaign, "Ana")
    TrackedLink.objects.filter(pk=_link(ana).pk).update(url=url)
    assert _click(client, ana)["Location"] == location


def test_an_address_that_is_no_web_address_is_never_followed(
    campaign: Campaign, client: Client
) -> None:
    ana = _delivery(campaign, "Ana")
    TrackedLink.objects.filter(pk=_link(ana).pk).update(url="javascript:alert(1)")
    answer = _click(client, ana)
    assert answer.status_code == 400
    assert "Location" not in answer


def test_nobody_has_opened_a_mail_that_the_server_is_still_taking(
    campaign: Campaign, client: Client
) -> None:
    ana = _delivery(campaign, "Ana")
    lease_until = timezone.now() + timedelta(minutes=1)
    rows = campaign.deliveries.filter(pk=ana.pk)
    force(rows, state="handing_off", accepted_at=None, lease_until=lease_until)
    _click(client, ana)
    assert (Response.objects.get().actor, Response.objects.get().rule) == ("machine", "too_soon")


def test_a_hit_proves_that_an_unknown_delivery_arrived(campaign: Campaign, client: Client) -> None:
    gloria = _delivery(campaign, "Gloria")
    force(campaign.deliveries.filter(pk=gloria.pk), state="unknown", accepted_at=None)
    _open(client, gloria)
    gloria.refresh_from_db()
    assert gloria.state == "accepted"
    assert (reports.figures(campaign)["opened"].number, Response.objects.count()) == (1, 1)


def test_a_mail_that_carried_no_tracking_is_never_recorded(
    campaign: Campaign, client: Client
) -> None:
    bruno = _delivery(campaign, "Bruno")
    consent.set_tracking(bruno.member, True, "preferences")
    assert _open(client, bruno).status_code == 200
    assert not Response.objects.exists()


@pytest.mark.parametrize("demo", [True, False])
def test_only_the_demo_listens_to_its_simulator(
    campaign: Campaign, client: Client, settings: Any, demo: bool
) -> None:
    settings.REGULARS_DEMO = demo
    _click(client, _delivery(campaign, "Ana"), **tracking.simulation_header(MONDAY))
    response = Response.objects.get()
    assert response.simulated is demo
    assert (response.occurred_at == MONDAY) is demo
    assert reports.figures(campaign).simulated.get("clicked") == int(demo)


@pytest.mark.parametrize("token", ["", "AAAA", "é", "A" * 5_000])
def test_a_forged_simulation_is_an_ordinary_hit(
    campaign: Campaign, client: Client, settings: Any, token: str
) -> None:
    settings.REGULARS_DEMO = True
    header = {tracking.SIMULATION_HEADER: token}
    assert _click(client, _delivery(campaign, "Ana"), **header).status_code == 302
    assert not Response.objects.get().simulated


def test_the_mail_in_a_browser_runs_nothing_and_is_kept_by_nobody(
    campaign: Campaign, client: Client
) -> None:
    gloria = _delivery(campaign, "Gloria")
    answer = client.get(_path(MailAddresses().view(gloria.pk)))
    assert "Hello Gloria." in answer.content.decode()
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; style-src")
    assert answer["Cache-Control"] == "private, no-store"
    assert not Response.objects.exists()


def test_the_mail_in_a_browser_outlives_what_it_said(campaign: Campaign, client: Client) -> None:
    mail = _delivery(campaign, "Gloria")
    leave(mail.member, "preferences")
    for name, words in [("", "Hello neighbour."), ("<b>{{ 7*7 }}", "Hello &lt;b&gt;{{ 7*7 }}.")]:
        Member.objects.filter(pk=mail.member_id).update(first_name=name)
        answer = client.get(_path(MailAddresses().view(mail.pk)))
        assert words in answer.content.decode()


def test_a_mail_that_was_never_sent_is_not_shown(campaign: Campaign, client: Client) -> None:
    skipped = _path(MailAddresses().view(_delivery(campaign, "Carmen").pk))
    assert client.get(skipped).status_code == 404


@pytest.mark.parametrize("path", ["/c/{}/", "/o/{}.gif", "/view/{}/"])
@pytest.mark.parametrize("token", ["A", "AAAA" * 10, "ñ", "%00", "A" * 4_000])
def test_an_unknown_address_is_answered_kindly(
    db: None, client: Client, path: str, token: str
) -> None:
    answer = client.get(path.format(token))
    assert answer.status_code == 404
    assert "<h1" in answer.content.decode()


@pytest.mark.parametrize("path", ["/c/A/", "/o/A.gif", "/view/A/"])
def test_nothing_is_posted_to_a_tracked_address(db: None, client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
