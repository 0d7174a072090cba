"""What the ESP reports: only genuine, only once, and never stopped by one bad event."""

import json
import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import DataError, OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from campaigns import dispatch, lifecycle, reports
from campaigns.models import Campaign, Delivery, RawEvent, Response
from campaigns.webhooks.processing import process_waiting
from profiles import consent
from profiles.addresses import set_address
from profiles.models import Member, Subscription, Suppression
from profiles.suppression import is_suppressed
from tests import cast
from tests.campaigns.forcing import force
from tests.campaigns.sendgrid import HEADER, Sender, event
from tests.cast import Club

NAMES = ("Ana", "Bruno", "Gloria")


@pytest.fixture
def club(db: None) -> Club:
    """The corner shop's club."""
    return cast.club()


@pytest.fixture
def campaign(club: Club, settings: Settings, tmp_path: object) -> Campaign:
    """A campaign that went to Ana, Bruno and Gloria."""
    settings.REGULARS_OUTBOX = tmp_path
    cast.everyone(club)
    started = lifecycle.start(cast.approved(club, cast.campaign(club)))
    dispatch.drain(started.pk)
    return started


@pytest.fixture
def sendgrid(client: Client, settings: Settings) -> Sender:
    """SendGrid, whose key the settings know."""
    sender = Sender(client)
    settings.SENDGRID_WEBHOOK_VERIFICATION_KEY = sender.public_key
    return sender


def _delivery(campaign: Campaign, name: str) -> Delivery:
    found: Delivery = campaign.deliveries.select_related("member").get(member__first_name=name)
    return found


def _told(sendgrid: Sender, *events: Any) -> None:
    assert sendgrid.post(list(events)) == 204
    process_waiting()


def _quarantined() -> list[str]:
    return list(
        RawEvent.objects.filter(state="quarantined").order_by("pk").values_list("error", flat=True)
    )


def test_a_batch_posted_five_times_and_shuffled_ends_in_exact_totals(
    campaign: Campaign, sendgrid: Sender
) -> None:
    batch = [event("delivered", _delivery(campaign, name)) for name in NAMES]
    batch += [event("bounce", _delivery(campaign, "Bruno")), event("processed")]
    for seed in range(5):
        random.Random(seed).shuffle(batch)
        _told(sendgrid, *batch)
    assert RawEvent.objects.count() == 5
    assert Response.objects.count() == 4
    figures = reports.figures(campaign)
    assert (figures["delivered"].number, figures["bounced"].number) == (3, 1)
    assert reports.reconcile(campaign) == {}
    assert _quarantined() == []


def test_what_was_processed_is_not_processed_again(campaign: Campaign, sendgrid: Sender) -> None:
    _told(sendgrid, event("delivered", _delivery(campaign, "Ana")))
    assert process_waiting() == 0


@pytest.mark.parametrize(
    "headers",
    [
        {f"{HEADER}-Signature": ""},
        {f"{HEADER}-Timestamp": ""},
        {f"{HEADER}-Signature": "bm90IGEgc2lnbmF0dXJl"},
        {f"{HEADER}-Signature": "ñ"},
        {f"{HEADER}-Signature": "%%%"},
        {f"{HEADER}-Timestamp": "1e9"},
        {f"{HEADER}-Timestamp": "-5"},
        {f"{HEADER}-Timestamp": "9" * 400},
    ],
)
def test_without_a_genuine_signature_nothing_is_stored(
    db: None, sendgrid: Sender, headers: dict[str, str]
) -> None:
    assert sendgrid.post([event("delivered")], headers) == 403
    assert not RawEvent.objects.exists()


def test_one_changed_byte_breaks_the_signature(db: None, sendgrid: Sender) -> None:
    moment = str(int(timezone.now().timestamp()))
    signature = sendgrid.sign(moment, b'[{"event": "delivered"}]')
    headers = {f"{HEADER}-Signature": signature, f"{HEADER}-Timestamp": moment}
    assert sendgrid.post(b'[{"event": "delivereD"}]', headers) == 403
    assert not RawEvent.objects.exists()


@pytest.mark.parametrize("minutes", [-11, 11, 60 * 24 * 365])
def test_a_genuine_signature_of_another_time_is_refused(
    db: None, sendgrid: Sender, minutes: int
) -> None:
    at = timezone.now() + timedelta(minutes=minutes)
    assert sendgrid.post([event("delivered")], at=at) == 403
    assert not RawEvent.objects.exists()


def test_a_signature_a_few_minutes_old_is_good(db: None, sendgrid: Sender) -> None:
    at = timezone.now() - timedelta(minutes=9)
    assert sendgrid.post([event("processed")], at=at) == 204


@pytest.mark.parametrize("key", ["", "none", "bm9uZQ==", "another"])
def test_without_the_right_key_nobody_is_let_in(
    db: None, sendgrid: Sender, settings: Settings, key: str
) -> None:
    other = Sender(sendgrid.client).public_key
    settings.SENDGRID_WEBHOOK_VERIFICATION_KEY = other if key == "another" else key
    assert sendgrid.post([event("delivered")]) == 403
    assert not RawEvent.objects.exists()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"event": "open"}', b"7", b"null"]
)
def test_what_is_no_list_of_events_is_refused(db: None, sendgrid: Sender, body: bytes) -> None:
    assert sendgrid.post(body) == 400
    assert not RawEvent.objects.exists()


def test_ten_megabytes_are_too_much(db: None, sendgrid: Sender) -> None:
    assert sendgrid.post(b" " * 10_000_000) == 413


def test_a_megabyte_of_events_is_stored(db: None, sendgrid: Sender) -> None:
    events = [event("processed", reason="x" * 10_000) for _number in range(100)]
    assert sendgrid.post(events) == 204
    assert RawEvent.objects.count() == 100


def test_a_length_that_is_no_number_is_refused(db: None, sendgrid: Sender) -> None:
    answer = sendgrid.post([event("delivered")], {"Content-Length": "many"})
    assert 400 <= answer < 500


@pytest.mark.parametrize("name", ["event", "timestamp", "email", "delivery", "response", "type"])
def test_a_field_of_any_type_harms_no_other_event(
    campaign: Campaign, sendgrid: Sender, name: str
) -> None:
    bruno, ana = _delivery(campaign, "Bruno"), _delivery(campaign, "Ana")
    values: list[Any] = [None, [], {}, 7, -1.5, True, "", "x" * 5_000, 1e20, 10**400]
    odd = [{**event("bounce", bruno), name: value} for value in values]
    _told(sendgrid, *odd, *[{**event("dropped", bruno), name: value} for value in values])
    _told(sendgrid, event("delivered", ana))
    assert reports.figures(campaign)["delivered"].number == 1
    assert RawEvent.objects.count() == 2 * len(values) + 1
    assert not RawEvent.objects.filter(state="new").exists()


@pytest.mark.parametrize(
    "odd",
    [
        b'{"sg_event_id": "1", "event": NaN}',
        b'{"sg_event_id": "1", "event": -1e999}',
        rb'{"sg_event_id": "1", "event": "\ud800"}',
        rb'{"sg_event_id": "\ud800\u0000", "event": "\u0000"}',
        rb'{"sg_event_id": "1", "event": "\\u0000"}',
        rb'{"sg_event_id": "1", "\u0000": "open"}',
        b'{"sg_event_id": "1", "event": ' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"sg_event_id": ["1"]}',
        b'{"sg_event_id": "' + b"1" * 200 + b'"}',
        b"7",
        b"null",
        b"[]",
    ],
)
def test_what_a_database_cannot_hold_is_quarantined(
    campaign: Campaign, sendgrid: Sender, odd: bytes
) -> None:
    good = json.dumps(event("delivered", _delivery(campaign, "Ana"))).encode()
    for _again in range(2):
        assert sendgrid.post(b"[" + odd + b", " + good + b"]") == 204
    process_waiting()
    assert reports.figures(campaign)["delivered"].number == 1
    assert len(_quarantined()) == 1


@pytest.mark.parametrize("number", ["0", "999999999", "9" * 30, "1 OR 1=1", "٣", "-1", "1.0"])
def test_an_unknown_delivery_is_quarantined(
    campaign: Campaign, sendgrid: Sender, number: str
) -> None:
    _told(sendgrid, {**event("delivered"), "delivery": number})
    assert len(_quarantined()) == 1
    assert not Response.objects.exists()


def test_an_unknown_kind_is_quarantined(campaign: Campaign, sendgrid: Sender) -> None:
    _told(sendgrid, event("account_status_change", _delivery(campaign, "Ana")))
    assert _quarantined() == ["Unusable: unknown kind unknown"]


@pytest.mark.parametrize("stamp", [1e20, 10**18, -(10**12), 4_102_444_800, 0])
def test_an_impossible_time_becomes_the_time_of_arrival(
    campaign: Campaign, sendgrid: Sender, stamp: float
) -> None:
    _told(sendgrid, event("delivered", _delivery(campaign, "Ana"), timestamp=stamp))
    assert abs(Response.objects.get().occurred_at - timezone.now()) < timedelta(minutes=1)


def test_a_hard_bounce_suppresses_the_address(campaign: Campaign, sendgrid: Sender) -> None:
    _told(sendgrid, event("bounce", _delivery(campaign, "Ana")))
    assert is_suppressed("ana@example.com")
    assert Suppression.objects.filter(reason="hard_bounce", source="esp").count() == 1
    assert Response.objects.get().detail["status"] == "5.1.1"


@pytest.mark.parametrize(
    "facts",
    [{"type": "blocked", "status": "5.7.1"}, {"type": "bounce", "status": "4.2.2"}],
    ids=["blocked", "full"],
)
def test_a_soft_bounce_leaves_the_address_alone(
    campaign: Campaign, sendgrid: Sender, facts: dict[str, str]
) -> None:
    _told(sendgrid, event("bounce", _delivery(campaign, "Ana"), **facts))
    assert not is_suppressed("ana@example.com")
    assert reports.figures(campaign)["bounced"].number == 1


def test_a_complaint_ends_every_consent(campaign: Campaign, sendgrid: Sender) -> None:
    _told(sendgrid, event("spamreport", _delivery(campaign, "Ana")))
    assert Suppression.objects.filter(reason="complaint").count() == 1
    assert not _subscribed(_delivery(campaign, "Ana").member)
    assert _subscribed(_delivery(campaign, "Gloria").member)


@pytest.mark.parametrize("kind", ["unsubscribe", "group_unsubscribe"])
def test_an_unsubscription_ends_the_topic_and_suppresses_nothing(
    campaign: Campaign, sendgrid: Sender, kind: str
) -> None:
    _told(sendgrid, event(kind, _delivery(campaign, "Ana")))
    assert not _subscribed(_delivery(campaign, "Ana").member)
    assert not is_suppressed("ana@example.com")
    assert reports.figures(campaign)["unsubscribed"].number == 1


def test_the_address_that_bounced_is_suppressed_even_when_the_member_has_another(
    campaign: Campaign, sendgrid: Sender
) -> None:
    told = event("bounce", _delivery(campaign, "Ana"))
    ana = _delivery(campaign, "Ana").member
    set_address(ana, "ana@new.example.com")
    ana.save()
    _told(sendgrid, {**told, "email": "Ana@Example.com"})
    assert is_suppressed("ana@example.com")
    assert not is_suppressed("ana@new.example.com")


@pytest.mark.parametrize("address", ["", "nobody", None])
def test_an_event_without_an_address_suppresses_the_members(
    campaign: Campaign, sendgrid: Sender, address: str | None
) -> None:
    _told(sendgrid, {**event("spamreport", _delivery(campaign, "Ana")), "email": address})
    assert is_suppressed("ana@example.com")


def test_an_event_on_a_member_without_address_suppresses_nobody(
    campaign: Campaign, sendgrid: Sender
) -> None:
    told = event("bounce", _delivery(campaign, "Ana"))
    Member.objects.filter(first_name="Ana").update(email="", email_key="", email_hash="")
    before = Suppression.objects.count()
    _told(sendgrid, {**told, "email": ""})
    assert Suppression.objects.count() == before


def test_an_event_processed_again_does_not_undo_what_the_member_did_since(
    campaign: Campaign, club: Club, sendgrid: Sender
) -> None:
    ana = _delivery(campaign, "Ana").member
    _told(sendgrid, event("unsubscribe", _delivery(campaign, "Ana")))
    consent.grant_topic(ana, club.offers, "preferences")
    RawEvent.objects.update(state="new")
    assert process_waiting() == 1
    assert _subscribed(ana)


def test_an_event_that_the_database_refuses_does_not_stop_the_others(
    campaign: Campaign, sendgrid: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object) -> None:
        raise DataError("value out of range")

    monkeypatch.setattr(consent, "withdraw_all", refuse)
    _told(
        sendgrid,
        event("spamreport", _delivery(campaign, "Bruno")),
        event("delivered", _delivery(campaign, "Ana")),
    )
    assert _quarantined() == ["DataError: value out of range"]
    assert [row.kind for row in Response.objects.all()] == ["delivered"]


def test_events_wait_while_the_database_is_away(
    campaign: Campaign, sendgrid: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_given: object) -> None:
        raise OperationalError("server closed the connection")

    with monkeypatch.context() as patched:
        patched.setattr(consent, "withdraw_all", away)
        with pytest.raises(OperationalError):
            _told(sendgrid, event("spamreport", _delivery(campaign, "Ana")))
    assert process_waiting() == 1
    assert Response.objects.get().kind == "complained"


def _subscribed(member: Member) -> bool:
    return Subscription.objects.filter(member=member, state="subscribed").exists()


@pytest.mark.parametrize("kind", ["processed", "delivered", "deferred", "bounce", "open"])
def test_any_event_proves_that_an_unknown_delivery_arrived_at_the_esp(
    campaign: Campaign, sendgrid: Sender, kind: str
) -> None:
    delivery = _delivery(campaign, "Ana")
    force(campaign.deliveries.filter(pk=delivery.pk), state="unknown", accepted_at=None)
    _told(sendgrid, event(kind, delivery))
    delivery.refresh_from_db()
    assert delivery.state == "accepted"


def test_the_esps_own_opens_are_not_counted(campaign: Campaign, sendgrid: Sender) -> None:
    _told(sendgrid, event("open", _delivery(campaign, "Ana")))
    assert (Response.objects.count(), _quarantined()) == (0, [])
