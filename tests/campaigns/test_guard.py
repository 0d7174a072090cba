"""The guard's limits: a campaign whose mails fare badly holds, and says why."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from campaigns import guard, lifecycle
from campaigns.models import Campaign, Delivery, SendingRules
from profiles.models import Member
from tests import cast
from tests.campaigns.forcing import force
from tests.campaigns.guarded import TEN, again, fare, look, plan_more, report
from tests.cast import Club
from tests.faults.crowd import crowd


@pytest.fixture
def clock() -> Iterator[Any]:
    """Ten o'clock, until somebody moves it."""
    with time_machine.travel(TEN, tick=False) as moved:
        yield moved


@pytest.fixture
def sent(club: Club) -> Campaign:
    """A campaign under way, without a trial, of which 100 mails were accepted."""
    crowd(club, 150)
    members = list(Member.objects.order_by("pk"))
    campaign = cast.campaign(club)
    Delivery.objects.bulk_create(
        [
            Delivery(campaign=campaign, member=member, business_at=TEN, not_before=TEN)
            for member in members
        ]
    )
    Campaign.objects.filter(pk=campaign.pk).update(state="sending", started_at=TEN)
    fare(campaign, 100, state="accepted", accepted_at=TEN)
    return again(campaign)


def test_good_figures_hold_nothing(sent: Campaign) -> None:
    assert look(sent).state == "sending"


@pytest.mark.parametrize(("bounces", "state"), [(5, "sending"), (6, "paused")])
def test_a_limit_holds_only_when_it_is_passed(sent: Campaign, bounces: int, state: str) -> None:
    report(sent, "bounced", bounces)
    assert look(sent).state == state


def test_refusals_hold_and_name_their_share_of_the_tried(sent: Campaign) -> None:
    fare(sent, 10, state="rejected", reason="refused")
    words = "Held: 10 of 110 mails were refused, 9.1 %; the limit is 5 %."
    assert look(sent).state_reason == words


def test_addresses_gone_at_the_hand_off_count_as_bounces(club: Club, sent: Campaign) -> None:
    SendingRules.objects.create(brand=club.brand, failed_percent=50)
    fare(sent, 4, state="rejected", reason="hard_bounce")
    report(sent, "bounced", 4)
    assert look(sent).state_reason == "Held: 8 of 104 mails bounced, 7.7 %; the limit is 5 %."


def test_complaints_hold_at_a_limit_of_their_own(sent: Campaign) -> None:
    report(sent, "complained", 2)
    words = "Held: 2 of 100 mails brought a complaint, 2 %; the limit is 0.3 %."
    assert look(sent).state_reason == words


def test_one_persons_complaint_holds_nothing(sent: Campaign) -> None:
    report(sent, "complained", 1)
    assert look(sent).state == "sending"


def test_mails_that_cannot_be_written_hold_in_words_of_their_own(sent: Campaign) -> None:
    fare(sent, 11, state="rejected", reason="render_failed")
    words = "Held: 11 of 111 mails could not be written, 9.9 %; the limit is 5 %."
    assert look(sent).state_reason == words


def test_a_few_mails_say_nothing(sent: Campaign) -> None:
    force(sent.deliveries.filter(state="accepted"), state="planned", accepted_at=None)
    fare(sent, 49, state="rejected", reason="refused")
    assert look(sent).state == "sending"
    fare(sent, 1, state="rejected", reason="refused")
    assert look(sent).state_reason.startswith("Held: 50 of 50 mails were refused, 100 %;")


def test_a_limit_of_zero_allows_none(club: Club, sent: Campaign) -> None:
    SendingRules.objects.create(brand=club.brand, bounced_percent=0)
    assert look(sent).state == "sending"
    report(sent, "bounced", 1)
    assert look(sent).state_reason == "Held: 1 of 100 mails bounced, 1 %; the limit is 0 %."


def test_a_share_is_told_so_that_it_differs_from_the_limit(sent: Campaign) -> None:
    # 10 of 198, told as 5.1 % and not as 5 %.
    fare(sent, 10, state="rejected", reason="refused")
    figure = guard.Figure(10, 0, 5.0, "{bad} of {judged} mails bounced")
    assert figure.sentence(198) == "10 of 198 mails bounced, 5.1 %; the limit is 5 %."
    assert figure.sentence(199) == "10 of 199 mails bounced, 5.025 %; the limit is 5 %."


def test_after_a_hold_the_counting_begins_anew(sent: Campaign, clock: Any) -> None:
    clock.shift(3_600)
    fare(sent, 10, state="rejected", reason="refused")
    report(sent, "bounced", 20)
    lifecycle.resume(look(sent))
    assert look(sent).state == "sending"
    # Old mails that bounce late are old news.
    report(sent, "bounced", 30)
    assert look(sent).state == "sending"
    # New ones are judged by themselves, once they are enough.
    force(sent.deliveries.filter(state="planned"), state="rejected", reason="refused")
    assert look(sent).state == "sending"
    plan_more(sent, 20)
    fare(sent, 20, state="accepted", accepted_at=TEN + timedelta(hours=2))
    words = "Held: 40 of 60 mails were refused, 67 %; the limit is 5 %."
    assert look(sent).state_reason == words


def test_a_pause_by_hand_forgets_nothing(sent: Campaign) -> None:
    fare(sent, 5, state="rejected", reason="refused")
    lifecycle.resume(lifecycle.pause(sent))
    fare(sent, 5, state="rejected", reason="refused")
    assert look(sent).state_reason.startswith("Held: 10 of 110 mails were refused")


def test_what_no_longer_sends_is_not_held(sent: Campaign) -> None:
    report(sent, "bounced", 20)
    seen = again(sent)
    lifecycle.cancel(sent)
    guard.check(seen, TEN)
    assert again(sent).state == "cancelled"


def test_only_campaigns_with_open_mails_are_looked_at(sent: Campaign) -> None:
    assert list(lifecycle.under_way()) == [sent]
    force(sent.deliveries.filter(state="planned"), state="skipped", reason="cancelled")
    assert not lifecycle.under_way().exists()


def test_accepted_mails_are_counted_anew_when_it_matters(sent: Campaign) -> None:
    report(sent, "bounced", 5)
    assert look(sent).state == "sending"
    fare(sent, 50, state="accepted", accepted_at=TEN)
    report(sent, "bounced", 2)
    assert look(sent).state == "sending"
    report(sent, "bounced", 1)
    assert look(sent).state_reason == "Held: 8 of 150 mails bounced, 5.3 %; the limit is 5 %."


def test_what_one_look_counted_serves_the_next(sent: Campaign, monkeypatch: Any) -> None:
    report(sent, "bounced", 3)
    assert look(sent).state == "sending"
    monkeypatch.delattr(guard, "_accepted")  # to count again would fail
    assert guard._accepted_up_to(sent, 60) == 100
