"""What the ESP posts: taken only when genuine, stored once, kept until it is processed."""

import random
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from campaigns import reports
from campaigns.models import Campaign, RawEvent, Response
from campaigns.webhooks.processing import process_waiting
from profiles import consent
from tests.campaigns.sendgrid import HEADER, Sender, event
from tests.campaigns.webhooks.conftest import NAMES, delivery_to, quarantined, tell


def test_a_batch_posted_five_times_and_shuffled_ends_in_exact_totals(
    campaign: Campaign, sendgrid: Sender
) -> None:
    batch = [event("delivered", delivery_to(campaign, name)) for name in NAMES]
    batch += [event("bounce", delivery_to(campaign, "Bruno")), event("processed")]
    for seed in range(5):
        random.Random(seed).shuffle(batch)
        tell(sendgrid, *batch)
    assert RawEvent.objects.count() == 5
    assert Response.objects.count() == 4
    figures = reports.figures(campaign)
    assert (figures["delivered"].number, figures["bounced"].number) == (3, 1)
    assert reports.reconcile(campaign) == {}
    assert quarantined() == []


def test_what_was_processed_is_not_processed_again(campaign: Campaign, sendgrid: Sender) -> None:
    tell(sendgrid, event("delivered", delivery_to(campaign, "Ana")))
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


def test_events_wait_while_the_database_is_away(
    campaign: Campaign, sendgrid: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_given: object) -> None:
        raise OperationalError("server closed the connection")

    with monkeypatch.context() as patched:
        patched.setattr(consent, "withdraw_all", away)
        with pytest.raises(OperationalError):
            tell(sendgrid, event("spamreport", delivery_to(campaign, "Ana")))
    assert process_waiting() == 1
    assert Response.objects.get().kind == "complained"
