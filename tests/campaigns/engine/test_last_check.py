"""The last look, in the transaction that commits the hand-off."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from campaigns import deliveries, dispatch, last_check, lifecycle, recovery, switch
from campaigns.models import Campaign, DomainLimit, SendingRules
from profiles import consent, preferences
from profiles.models import Member
from profiles.suppression import suppress
from tests.campaigns import mails
from tests.campaigns.engine.batches import states
from tests.cast import Club

LONG = timedelta(hours=5)


@pytest.mark.parametrize("change", ["suppressed", "paused", "no_consent"])
def test_a_change_of_heart_during_the_send_is_respected(
    campaign: Campaign, club: Club, change: str
) -> None:
    held, person = mails.claimed(campaign), Member.objects.get(first_name="Hugo")
    if change == "suppressed":
        suppress(person.email_key, "complaint", "test")
    elif change == "paused":
        preferences.pause(person, timezone.now() + timedelta(days=7))
    else:
        consent.withdraw_topic(person, club.offers, "one click")
    assert last_check.begin_hand_off(campaign, held) == 2
    skipped = campaign.deliveries.get(state="skipped")
    assert (skipped.member, skipped.reason) == (person, change)


@pytest.mark.parametrize("move", [lifecycle.pause, lifecycle.cancel])
def test_a_campaign_that_stopped_gives_its_batch_back(campaign: Campaign, move: object) -> None:
    held = mails.claimed(campaign)
    assert callable(move)
    move(campaign)
    assert last_check.begin_hand_off(campaign, held) == 0
    assert states(campaign) == ["planned"] * 3


def test_the_stop_of_all_sending_holds_every_batch(campaign: Campaign, club: Club) -> None:
    held = mails.claimed(campaign)
    switch.stop(club.approver, "Wrong price.")
    assert last_check.begin_hand_off(campaign, held) == 0
    assert dispatch.drain(campaign.pk) == 0
    switch.release(club.approver, "Corrected.")
    assert dispatch.drain(campaign.pk) == 3


def test_a_worker_that_outlived_its_lease_hands_nothing_over(campaign: Campaign) -> None:
    held = mails.claimed(campaign)
    with time_machine.travel(timezone.now() + LONG, tick=False):
        assert last_check.begin_hand_off(campaign, held) == 0
        recovery.reap()
        other = mails.claimed(campaign)
        assert last_check.begin_hand_off(campaign, held) == 0
        assert last_check.begin_hand_off(campaign, other) == 3


def test_who_takes_tracking_back_gets_a_mail_without_it(campaign: Campaign) -> None:
    held, hugo = mails.claimed(campaign), Member.objects.get(first_name="Hugo")
    consent.set_tracking(hugo, False, "preferences")
    assert last_check.begin_hand_off(campaign, held) == 3
    written = dispatch.write(campaign, deliveries.handing_off(held))[0]
    by_name = {mail.envelope.to_name: mail.message for mail in written}
    assert all(b"/o/" in by_name[name] and b"/c/" in by_name[name] for name in ("Gloria Ruiz",))
    plain = by_name["Hugo Ruiz"]
    assert b"/o/" not in plain
    assert b"localhost:8000/c/" not in plain
    delivery = campaign.deliveries.get(member=hugo)
    assert (delivery.tracked, delivery.compiled_email and delivery.compiled_email.tracked) == (
        False,
        False,
    )


def test_in_the_quiet_hours_a_mail_waits_for_their_end(campaign: Campaign, club: Club) -> None:
    now = timezone.now().replace(second=0, microsecond=0)
    start, end = now - timedelta(hours=1), now + timedelta(hours=1)
    SendingRules.objects.create(brand=club.brand, quiet_from=start.time(), quiet_until=end.time())
    assert dispatch.drain(campaign.pk) == 0
    assert {row.not_before for row in campaign.deliveries.all()} == {end}
    with time_machine.travel(end + timedelta(seconds=1), tick=False):
        assert dispatch.drain(campaign.pk) == 3


def test_a_new_sender_writes_to_few_and_the_others_wait_a_day(
    campaign: Campaign, club: Club
) -> None:
    today = timezone.now().date()
    SendingRules.objects.create(brand=club.brand, warm_up_from=today, warm_up_first_day=1)
    assert dispatch.drain(campaign.pk) == 1
    assert sorted(states(campaign)) == ["accepted", "planned", "planned"]
    waits = {row.not_before.date() for row in campaign.deliveries.filter(state="planned")}
    assert waits == {today + timedelta(days=1)}


def test_a_domain_with_a_limit_gets_its_mails_one_after_the_other(campaign: Campaign) -> None:
    DomainLimit.objects.create(domain="example.com", per_minute=2)
    with time_machine.travel(timezone.now() + timedelta(seconds=2), tick=False) as clock:
        began = timezone.now()
        assert dispatch.drain(campaign.pk) == 1
        waits = sorted(campaign.deliveries.filter(state="planned").values_list("not_before"))
        assert [_minutes(wait - began) for (wait,) in waits] == [0.5, 1.0]
        clock.shift(timedelta(seconds=31))
        assert dispatch.drain(campaign.pk) == 1
        clock.shift(timedelta(seconds=31))
        assert dispatch.drain(campaign.pk) == 1


def _minutes(span: timedelta) -> float:
    return round(span / timedelta(minutes=1), 1)


def test_a_moment_of_a_postponed_mail_is_in_the_future(campaign: Campaign) -> None:
    held, moment = mails.claimed(campaign), timezone.now() + LONG
    deliveries.postpone(held, {moment: held.delivery_ids[:2]})
    assert last_check.begin_hand_off(campaign, held) == 1
    found: set[datetime] = {row.not_before for row in campaign.deliveries.filter(state="planned")}
    assert found == {moment}
