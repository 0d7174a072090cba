"""A campaign, from approval to the outbox: who gets it, who not, and what stands in it."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.utils import timezone

from campaigns import dispatch, last_check, lifecycle
from campaigns.models import Campaign, Delivery
from profiles import consent
from profiles.models import Member
from tests import cast
from tests.campaigns import mails
from tests.cast import Club


@pytest.fixture
def club(db: None) -> Club:
    """The corner shop's club."""
    return cast.club()


@pytest.fixture(autouse=True)
def outbox(settings: object, tmp_path: Path) -> Path:
    """An outbox of its own for each test."""
    settings.REGULARS_OUTBOX = tmp_path  # type: ignore[attr-defined]
    return tmp_path


def _send(campaign: Campaign) -> Campaign:
    campaign = lifecycle.start(campaign)
    assert campaign.state == "sending", campaign.state_reason
    dispatch.drain(campaign.pk)
    return campaign


def _mail(campaign: Campaign, member: Member) -> EmailMessage:
    from django.conf import settings

    delivery = Delivery.objects.get(campaign=campaign, member=member)
    path = settings.REGULARS_OUTBOX / f"campaign-{campaign.pk}" / f"{delivery.pk}.eml"
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _html(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def test_everyone_is_planned_or_skipped_for_one_reason(club: Club) -> None:
    people = cast.everyone(club)
    campaign = _send(cast.approved(club, cast.campaign(club, cast.offer(club))))
    found = dict(campaign.deliveries.values_list("member__first_name", "state"))
    reasons = dict(campaign.deliveries.values_list("member__first_name", "reason"))
    assert len(found) == len(people)
    assert {name for name, state in found.items() if state == "accepted"} == {
        "Ana",
        "Bruno",
        "Gloria",
    }
    assert {name: reasons[name] for name in ("Carmen", "David", "Eva", "Felix")} == {
        "Carmen": "no_address",
        "David": "suppressed",
        "Eva": "paused",
        "Felix": "no_consent",
    }
    assert lifecycle.is_finished(campaign)


def test_a_mail_is_personal_in_name_language_answer_and_voucher(club: Club) -> None:
    ana, gloria = cast.ana(club), cast.gloria(club)
    campaign = _send(cast.approved(club, cast.campaign(club, cast.offer(club))))
    to_ana, to_gloria = _mail(campaign, ana), _mail(campaign, gloria)
    assert (to_ana["Subject"], to_gloria["Subject"]) == ("Esta semana", "This week")
    assert "Manchego has come in" in _html(to_ana)
    assert "Manchego has come in" not in _html(to_gloria)
    codes = [person.vouchers.get().code for person in (ana, gloria)]
    assert codes[0] != codes[1]
    assert codes[0] in _html(to_ana).replace("-", "").replace(" ", "")
    assert "2 € menos en Manchego" in _html(to_ana)


def test_a_mail_can_be_left_with_one_click(club: Club) -> None:
    ana = cast.ana(club)
    message = _mail(_send(cast.approved(club, cast.campaign(club))), ana)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/unsubscribe/" in message["List-Unsubscribe"]


def test_without_tracking_no_pixel_and_no_link_that_identifies(club: Club) -> None:
    bruno, gloria = cast.bruno(club), cast.gloria(club)
    campaign = _send(cast.approved(club, cast.campaign(club, cast.offer(club))))
    tracked, plain = _html(_mail(campaign, gloria)), _html(_mail(campaign, bruno))
    assert "/o/" in tracked
    assert "/c/" in tracked
    assert "https://shop.example/week" in plain
    for prefix in ("/o/", "/c/", "/offer/"):
        assert f"localhost:8000{prefix}" not in plain


def test_a_withdrawal_before_the_hand_off_is_the_last_word(club: Club) -> None:
    ana = cast.ana(club)
    campaign = lifecycle.start(cast.approved(club, cast.campaign(club)))
    consent.withdraw_topic(ana, club.offers, "one click")
    dispatch.drain(campaign.pk)
    delivery = campaign.deliveries.get()
    assert (delivery.state, delivery.reason) == ("skipped", "no_consent")


def test_a_paused_campaign_sends_nothing_and_resumes_without_loss(club: Club) -> None:
    cast.everyone(club)
    campaign = lifecycle.start(cast.approved(club, cast.campaign(club)))
    lifecycle.pause(campaign)
    assert dispatch.drain(campaign.pk) == 0
    lifecycle.resume(campaign)
    assert dispatch.drain(campaign.pk) == 3
    assert dispatch.drain(campaign.pk) == 0


def test_pausing_between_claim_and_hand_off_gives_the_claim_back(club: Club) -> None:
    cast.gloria(club)
    campaign = lifecycle.start(cast.approved(club, cast.campaign(club)))
    held = mails.claimed(campaign)
    lifecycle.pause(campaign)
    assert last_check.begin_hand_off(campaign, held) == 0
    assert campaign.deliveries.get().state == "planned"


def test_cancelling_skips_what_is_left(club: Club) -> None:
    cast.everyone(club)
    campaign = lifecycle.start(cast.approved(club, cast.campaign(club)))
    campaign = lifecycle.cancel(campaign)
    assert campaign.deliveries.filter(state="skipped", reason="cancelled").count() == 3
    assert lifecycle.is_finished(campaign)


def test_starting_twice_freezes_once(club: Club) -> None:
    cast.everyone(club)
    campaign = cast.approved(club, cast.campaign(club))
    lifecycle.start(campaign)
    lifecycle.start(campaign)
    assert campaign.deliveries.count() == 7


def test_an_unapproved_campaign_cannot_be_scheduled(club: Club) -> None:
    with pytest.raises(lifecycle.NotPossible):
        lifecycle.schedule(cast.campaign(club), timezone.now())


def test_a_campaign_changed_after_approval_does_not_start(club: Club) -> None:
    cast.gloria(club)
    campaign = cast.approved(club, cast.campaign(club))
    campaign.emails.filter(language="en").update(subject="Another subject")
    campaign = lifecycle.start(Campaign.objects.get(pk=campaign.pk))
    assert (campaign.state, campaign.deliveries.count()) == ("draft", 0)
    assert "approval" in campaign.state_reason


def test_a_value_that_cannot_be_written_rejects_that_mail_alone(club: Club) -> None:
    cast.gloria(club)
    ana = cast.ana(club)
    campaign = lifecycle.start(cast.approved(club, cast.campaign(club)))
    Member.objects.filter(pk=ana.pk).update(first_name="A\x07na")
    dispatch.drain(campaign.pk)
    states = dict(campaign.deliveries.values_list("member__first_name", "state"))
    assert states == {"Gloria": "accepted", "A\x07na": "rejected"}
    assert campaign.deliveries.get(member=ana).reason == "render_failed"


def test_hold_outs_are_never_mailed_and_reasons_add_up(club: Club) -> None:
    for number in range(60):
        cast.member(club, f"M{number}")
    campaign = _send(cast.approved(club, cast.campaign(club, holdout_percent=50)))
    states = lifecycle.progress(campaign)
    assert sum(states.values()) == 60
    assert 10 < states["held_out"] < 50
    assert states["accepted"] == 60 - states["held_out"]


def test_a_weekly_cap_counts_mails_of_other_campaigns(club: Club) -> None:
    cast.member(club, "Gloria", weekly_cap=1)
    _send(cast.approved(club, cast.campaign(club)))
    second = _send(cast.approved(club, cast.campaign(club, name="Again")))
    assert second.deliveries.get().reason == "capped"


def test_a_service_mail_carries_no_offer_tracking_or_unsubscribe(club: Club) -> None:
    felix = cast.felix(club)
    made = cast.campaign(club, cast.offer(club), kind="service", topic=None, name="Recall")
    campaign = _send(cast.approved(cast.with_service_approver(club), made))
    message = _mail(campaign, felix)
    assert message["List-Unsubscribe"] is None
    assert "localhost:8000/c/" not in _html(message)
    assert not campaign.deliveries.get().tracked
