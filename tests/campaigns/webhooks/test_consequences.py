"""What an event does to the member's address, to their consent and to the delivery."""

import pytest

from campaigns import reports
from campaigns.models import Campaign, RawEvent, Response
from campaigns.webhooks.processing import process_waiting
from profiles import consent
from profiles.addresses import set_address
from profiles.models import Member, Subscription, Suppression
from profiles.suppression import is_suppressed
from tests.campaigns.forcing import force
from tests.campaigns.sendgrid import Sender, event
from tests.campaigns.webhooks.conftest import delivery_to, quarantined, tell
from tests.cast import Club


def _subscribed(member: Member) -> bool:
    return Subscription.objects.filter(member=member, state="subscribed").exists()


def test_a_hard_bounce_suppresses_the_address(campaign: Campaign, sendgrid: Sender) -> None:
    tell(sendgrid, event("bounce", delivery_to(campaign, "Ana")))
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
    tell(sendgrid, event("bounce", delivery_to(campaign, "Ana"), **facts))
    assert not is_suppressed("ana@example.com")
    assert reports.figures(campaign)["bounced"].number == 1


def test_a_complaint_ends_every_consent(campaign: Campaign, sendgrid: Sender) -> None:
    tell(sendgrid, event("spamreport", delivery_to(campaign, "Ana")))
    assert Suppression.objects.filter(reason="complaint").count() == 1
    assert not _subscribed(delivery_to(campaign, "Ana").member)
    assert _subscribed(delivery_to(campaign, "Gloria").member)


@pytest.mark.parametrize("kind", ["unsubscribe", "group_unsubscribe"])
def test_an_unsubscription_ends_the_topic_and_suppresses_nothing(
    campaign: Campaign, sendgrid: Sender, kind: str
) -> None:
    tell(sendgrid, event(kind, delivery_to(campaign, "Ana")))
    assert not _subscribed(delivery_to(campaign, "Ana").member)
    assert not is_suppressed("ana@example.com")
    assert reports.figures(campaign)["unsubscribed"].number == 1


def test_the_address_that_bounced_is_suppressed_even_when_the_member_has_another(
    campaign: Campaign, sendgrid: Sender
) -> None:
    told = event("bounce", delivery_to(campaign, "Ana"))
    ana = delivery_to(campaign, "Ana").member
    set_address(ana, "ana@new.example.com")
    ana.save()
    tell(sendgrid, {**told, "email": "Ana@Example.com"})
    assert is_suppressed("ana@example.com")
    assert not is_suppressed("ana@new.example.com")


@pytest.mark.parametrize("address", ["", "nobody", None])
def test_an_event_without_an_address_suppresses_the_members(
    campaign: Campaign, sendgrid: Sender, address: str | None
) -> None:
    tell(sendgrid, {**event("spamreport", delivery_to(campaign, "Ana")), "email": address})
    assert is_suppressed("ana@example.com")


def test_an_event_on_a_member_without_address_suppresses_nobody(
    campaign: Campaign, sendgrid: Sender
) -> None:
    told = event("bounce", delivery_to(campaign, "Ana"))
    Member.objects.filter(first_name="Ana").update(email="", email_key="", email_hash="")
    before = Suppression.objects.count()
    tell(sendgrid, {**told, "email": ""})
    assert Suppression.objects.count() == before


def test_an_event_processed_again_does_not_undo_what_the_member_did_since(
    campaign: Campaign, club: Club, sendgrid: Sender
) -> None:
    ana = delivery_to(campaign, "Ana").member
    tell(sendgrid, event("unsubscribe", delivery_to(campaign, "Ana")))
    consent.grant_topic(ana, club.offers, "preferences")
    RawEvent.objects.update(state="new")
    assert process_waiting() == 1
    assert _subscribed(ana)


@pytest.mark.parametrize("kind", ["processed", "delivered", "deferred", "bounce", "open"])
def test_any_event_proves_that_an_unknown_delivery_arrived_at_the_esp(
    campaign: Campaign, sendgrid: Sender, kind: str
) -> None:
    delivery = delivery_to(campaign, "Ana")
    force(campaign.deliveries.filter(pk=delivery.pk), state="unknown", accepted_at=None)
    tell(sendgrid, event(kind, delivery))
    delivery.refresh_from_db()
    assert delivery.state == "accepted"


def test_the_esps_own_opens_are_not_counted(campaign: Campaign, sendgrid: Sender) -> None:
    tell(sendgrid, event("open", delivery_to(campaign, "Ana")))
    assert (Response.objects.count(), quarantined()) == (0, [])
