"""Consent: one writer, evidence for each change, and a withdrawal that nothing undoes."""

import pytest

from profiles import consent, double_opt_in, signed_links
from profiles.importing import import_members
from profiles.leaving import leave
from profiles.models import Brand, ConsentEvent, Member, Topic
from profiles.registration import JoinForm, join, new_member


@pytest.fixture
def ana(brand: Brand) -> Member:
    """An active member without subscriptions."""
    return new_member(brand, "ana@example.com", first_name="Ana", status="active")


def _actions(member: Member) -> list[str]:
    return list(member.consent_events.order_by("pk").values_list("action", flat=True))


def test_granting_twice_leaves_one_piece_of_evidence(ana: Member, offers: Topic) -> None:
    consent.grant_topic(ana, offers, "preferences")
    consent.grant_topic(ana, offers, "preferences")
    assert _actions(ana) == ["granted"]


def test_withdrawing_is_recorded_and_immediate(ana: Member, offers: Topic, wine: Topic) -> None:
    consent.grant_topic(ana, offers, "preferences")
    consent.grant_topic(ana, wine, "preferences")
    consent.withdraw_topic(ana, offers, "one click")
    assert dict(ana.subscriptions.values_list("topic__key", "state")) == {
        "offers": "withdrawn",
        "wine": "subscribed",
    }
    assert _actions(ana) == ["granted", "granted", "withdrawn"]


def test_an_old_confirmation_link_does_not_undo_a_withdrawal(brand: Brand, offers: Topic) -> None:
    join(brand, JoinForm(email="ana@example.com", topic_ids=(offers.pk,)))
    ana = Member.objects.get()
    token = signed_links.make(signed_links.CONFIRM, ana.pk)
    double_opt_in.confirm(token)
    consent.withdraw_topic(ana, offers, "one click")
    double_opt_in.confirm(token)
    assert ana.subscriptions.get().state == "withdrawn"


def test_an_import_never_subscribes(ana: Member, brand: Brand, offers: Topic) -> None:
    consent.grant_topic(ana, offers, "preferences")
    consent.withdraw_topic(ana, offers, "one click")
    import_members(brand, b"email,first_name,offers\nana@example.com,Anna,yes\n", "again.csv")
    assert ana.subscriptions.get().state == "withdrawn"
    assert Member.objects.get(pk=ana.pk).first_name == "Anna"


def test_refusing_and_withdrawing_tracking_are_told_apart(ana: Member) -> None:
    consent.set_tracking(ana, False, "preferences")
    consent.set_tracking(ana, True, "preferences")
    consent.set_tracking(ana, False, "preferences")
    assert _actions(ana) == ["refused", "granted", "withdrawn"]
    assert Member.objects.get().tracking == "refused"


def test_leaving_withdraws_everything(ana: Member, offers: Topic, wine: Topic) -> None:
    consent.grant_topic(ana, offers, "preferences")
    consent.set_tracking(ana, True, "preferences")
    leave(ana, "preferences")
    left = Member.objects.get()
    assert (left.status, left.tracking) == ("left", "refused")
    assert not left.subscriptions.filter(state="subscribed").exists()
    assert ConsentEvent.objects.filter(action="withdrawn").count() == 2
