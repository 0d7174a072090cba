"""Who may be mailed: the queryset and the single answer always agree."""

from datetime import timedelta

import pytest
from django.utils import timezone

from profiles import consent
from profiles.contactability import block_reason, contactable
from profiles.models import Brand, Member, Topic
from profiles.registration import new_member
from profiles.suppression import suppress


@pytest.fixture
def ana(brand: Brand, offers: Topic) -> Member:
    """An active member who is subscribed to the weekly offers."""
    member = new_member(brand, "ana@example.com", status="active")
    consent.grant_topic(member, offers, "test")
    return member


def _reason(member: Member, topic: Topic | None) -> str:
    now = timezone.now()
    reason = block_reason(member, topic, now)
    assert contactable(Member.objects.all(), topic, now).contains(member) is (reason == "")
    return reason


def test_a_subscribed_member_may_be_mailed(ana: Member, offers: Topic) -> None:
    assert _reason(ana, offers) == ""


def test_consent_counts_per_topic(ana: Member, wine: Topic) -> None:
    assert _reason(ana, wine) == "no_consent"


def test_a_withdrawal_counts_at_once(ana: Member, offers: Topic) -> None:
    consent.withdraw_topic(ana, offers, "test")
    assert _reason(ana, offers) == "no_consent"


def test_a_suppressed_address_is_not_mailed(ana: Member, offers: Topic) -> None:
    suppress("ana@example.com", "request", "test")
    assert _reason(ana, offers) == "suppressed"


def test_a_pause_ends_by_itself(ana: Member, offers: Topic) -> None:
    now = timezone.now()
    Member.objects.update(paused_until=now + timedelta(days=1))
    assert _reason(ana, offers) == "paused"
    Member.objects.update(paused_until=now - timedelta(seconds=1))
    assert _reason(ana, offers) == ""


def test_a_member_without_address_or_not_active_is_not_mailed(ana: Member, offers: Topic) -> None:
    Member.objects.update(status="left")
    assert _reason(ana, offers) == "not_active"
    Member.objects.update(email="")
    assert _reason(ana, offers) == "no_address"


def test_a_service_mail_needs_no_consent_but_a_living_address(ana: Member, wine: Topic) -> None:
    Member.objects.update(paused_until=timezone.now() + timedelta(days=1))
    suppress("ana@example.com", "request", "test")
    assert _reason(ana, None) == ""
    suppress("ana@example.com", "hard_bounce", "test")
    assert _reason(ana, None) == "suppressed"
