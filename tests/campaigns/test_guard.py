"""The guard: first a trial, then the rest, and a halt with its reason when mails fare badly."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from campaigns import dispatch, feedback, guard, lifecycle
from campaigns.feedback import Report
from campaigns.models import Campaign, Delivery, SendingRules
from profiles.models import Member
from tests import cast
from tests.campaigns.forcing import force
from tests.cast import Club
from tests.faults.crowd import crowd

TEN = datetime(2026, 11, 16, 10, tzinfo=UTC)
CROWD = 600
WAIT = timedelta(minutes=15)


@pytest.fixture
def club(db: None) -> Club:
    """The corner shop's club."""
    return cast.club()


@pytest.fixture
def clock() -> Iterator[Any]:
    """Ten o'clock, until somebody moves it."""
    with time_machine.travel(TEN, tick=False) as moved:
        yield moved


@pytest.fixture
def staged(club: Club, clock: Any, settings: Any, tmp_path: Any) -> Campaign:
    """A campaign to 600 members that has begun with a trial of every tenth or so."""
    settings.REGULARS_OUTBOX = tmp_path
    crowd(club, CROWD)
    made = cast.campaign(club, first_percent=10)
    return _again(lifecycle.start(cast.approved(club, made)))


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
    _fare(campaign, 100, state="accepted", accepted_at=TEN)
    return _again(campaign)


def _again(campaign: Campaign) -> Campaign:
    found: Campaign = Campaign.objects.select_related("brand").get(pk=campaign.pk)
    return found


def _fare(campaign: Campaign, count: int, of: str = "planned", **facts: Any) -> None:
    """Let so many of a campaign's mails fare like this."""
    rows = campaign.deliveries.filter(state=of, bounced_at=None, complained_at=None)
    chosen = list(rows.order_by("pk").values_list("pk", flat=True)[:count])
    assert len(chosen) == count
    force(Delivery.objects.filter(pk__in=chosen), **facts)


def _report(campaign: Campaign, kind: str, count: int) -> None:
    """Let the mail provider tell of so many accepted mails that they bounced, or the like."""
    rows = campaign.deliveries.filter(state="accepted", bounced_at=None).order_by("pk")
    for pk in list(rows.values_list("pk", flat=True)[:count]):
        key = f"{kind}:{pk}"
        feedback.record(Report(pk, kind, key, occurred_at=TEN, source="sendgrid"))


def _look(campaign: Campaign, now: datetime = TEN) -> Campaign:
    guard.check(_again(campaign), now)
    return _again(campaign)


def test_a_campaign_from_trial_to_the_end(staged: Campaign, clock: Any) -> None:
    # At ten the trial goes, and nothing else.
    trial = staged.deliveries.filter(wave=0).count()
    assert staged.wave == 0
    assert 30 <= trial <= 90
    assert dispatch.drain(staged.pk) == trial
    assert dispatch.drain(staged.pk) == 0
    # A minute later the guard sees that it is over; its answers are awaited.
    clock.shift(60)
    waiting = _look(staged, TEN + timedelta(minutes=1))
    assert (waiting.state, waiting.wave) == ("sending", 0)
    assert waiting.wave_ended_at == TEN + timedelta(minutes=1)
    # Some mails bounce, too many for the limit of five percent: the campaign holds and says why.
    _report(staged, "bounced", 12)
    held = _look(staged, TEN + timedelta(minutes=5))
    assert (held.state, held.wave) == ("paused", 0)
    share = f"{float(f'{1200 / trial:.2g}'):g}"
    words = f"Held: 12 of {trial} mails bounced, {share} %; the limit is 5 %."
    assert held.state_reason == words
    assert dispatch.drain(staged.pk) == 0
    # Somebody looks at the list, and lets it go on; what bounced then counts no longer.
    clock.shift(19 * 60)
    resumed = lifecycle.resume(held)
    assert (resumed.state, resumed.state_reason) == ("sending", "")
    going = _look(staged, TEN + timedelta(minutes=20))
    assert (going.state, going.wave) == ("sending", 1)
    # The rest goes, and nobody got it twice.
    assert dispatch.drain(staged.pk) == CROWD - trial
    assert lifecycle.progress(staged) == {"accepted": CROWD}


def test_a_good_trial_lets_the_rest_follow_after_the_wait_and_not_before(
    staged: Campaign,
) -> None:
    dispatch.drain(staged.pk)
    assert _look(staged).wave_ended_at == TEN
    assert _look(staged, TEN + WAIT - timedelta(seconds=1)).wave == 0
    assert _look(staged, TEN + WAIT).wave == 1


def test_a_trial_on_its_way_is_not_over(staged: Campaign) -> None:
    assert _look(staged).wave_ended_at is None
    dispatch.drain(staged.pk)
    lease = TEN + timedelta(seconds=60)
    _fare(staged, 1, of="accepted", state="handing_off", lease_until=lease)
    assert _look(staged).wave_ended_at is None
    # Its worker is gone, and nobody knows: the rest does not wait for that.
    assert _look(staged, lease + guard.STRANDED).wave_ended_at is not None


def test_mails_that_a_server_put_off_do_not_keep_the_rest_waiting(staged: Campaign) -> None:
    dispatch.drain(staged.pk)
    later = TEN + timedelta(hours=2)
    _fare(staged, 5, of="accepted", state="deferred", deferred_until=later)
    assert _look(staged).wave_ended_at == TEN


@pytest.mark.parametrize("reason", ["greylisted", "server_away"])
def test_a_trial_of_which_nothing_was_tried_tells_nothing(staged: Campaign, reason: str) -> None:
    trial = staged.deliveries.filter(wave=0)
    force(trial, state="deferred", reason=reason, deferred_until=TEN)
    assert _look(staged).wave_ended_at is None


def test_a_server_that_went_away_in_the_midst_is_awaited(staged: Campaign) -> None:
    dispatch.drain(staged.pk)
    _fare(staged, 5, of="accepted", state="deferred", reason="server_away", deferred_until=TEN)
    assert _look(staged).wave_ended_at is None


def test_mails_whose_hour_is_far_off_do_not_keep_the_rest_from_going_in_its_hour(
    staged: Campaign,
) -> None:
    dispatch.drain(staged.pk)
    in_new_york = TEN + timedelta(hours=5)
    _fare(staged, 5, of="accepted", state="planned", not_before=in_new_york, accepted_at=None)
    assert _look(staged).wave_ended_at == TEN


def test_a_trial_whose_members_all_left_lets_the_rest_follow(staged: Campaign) -> None:
    force(staged.deliveries.filter(wave=0), state="skipped", reason="no_consent")
    assert _look(staged, TEN + WAIT).wave_ended_at == TEN + WAIT


def test_without_a_wait_the_rest_follows_at_once(club: Club, staged: Campaign) -> None:
    SendingRules.objects.create(brand=club.brand, first_wait_minutes=0)
    dispatch.drain(staged.pk)
    assert _look(staged).wave == 1


def test_when_a_small_trial_is_over_three_bad_mails_are_enough(staged: Campaign) -> None:
    keep = list(staged.deliveries.filter(wave=0).values_list("pk", flat=True)[:20])
    force(staged.deliveries.filter(wave=0).exclude(pk__in=keep), state="skipped", reason="left")
    dispatch.drain(staged.pk)
    _report(staged, "bounced", 3)
    assert _look(staged).state == "sending"
    held = _look(staged, TEN + WAIT)
    assert held.state_reason == "Held: 3 of 20 mails bounced, 15 %; the limit is 5 %."


def test_a_paused_trial_does_not_let_the_rest_follow(staged: Campaign) -> None:
    dispatch.drain(staged.pk)
    seen = _again(staged)
    lifecycle.pause(staged)
    guard.check(seen, TEN)
    guard.check(seen, TEN + WAIT)
    assert _again(staged).wave == 0


def test_good_figures_hold_nothing(sent: Campaign) -> None:
    assert _look(sent).state == "sending"


@pytest.mark.parametrize(("bounces", "state"), [(5, "sending"), (6, "paused")])
def test_a_limit_holds_only_when_it_is_passed(sent: Campaign, bounces: int, state: str) -> None:
    _report(sent, "bounced", bounces)
    assert _look(sent).state == state


def test_refusals_hold_and_name_their_share_of_the_tried(sent: Campaign) -> None:
    _fare(sent, 10, state="rejected", reason="refused")
    words = "Held: 10 of 110 mails were refused, 9.1 %; the limit is 5 %."
    assert _look(sent).state_reason == words


def test_addresses_gone_at_the_hand_off_count_as_bounces(club: Club, sent: Campaign) -> None:
    SendingRules.objects.create(brand=club.brand, failed_percent=50)
    _fare(sent, 4, state="rejected", reason="hard_bounce")
    _report(sent, "bounced", 4)
    assert _look(sent).state_reason == "Held: 8 of 104 mails bounced, 7.7 %; the limit is 5 %."


def test_complaints_hold_at_a_limit_of_their_own(sent: Campaign) -> None:
    _report(sent, "complained", 2)
    words = "Held: 2 of 100 mails brought a complaint, 2 %; the limit is 0.3 %."
    assert _look(sent).state_reason == words


def test_one_persons_complaint_holds_nothing(sent: Campaign) -> None:
    _report(sent, "complained", 1)
    assert _look(sent).state == "sending"


def test_mails_that_cannot_be_written_hold_in_words_of_their_own(sent: Campaign) -> None:
    _fare(sent, 11, state="rejected", reason="render_failed")
    words = "Held: 11 of 111 mails could not be written, 9.9 %; the limit is 5 %."
    assert _look(sent).state_reason == words


def test_a_few_mails_say_nothing(sent: Campaign) -> None:
    force(sent.deliveries.filter(state="accepted"), state="planned", accepted_at=None)
    _fare(sent, 49, state="rejected", reason="refused")
    assert _look(sent).state == "sending"
    _fare(sent, 1, state="rejected", reason="refused")
    assert _look(sent).state_reason.startswith("Held: 50 of 50 mails were refused, 100 %;")


def test_a_limit_of_zero_allows_none(club: Club, sent: Campaign) -> None:
    SendingRules.objects.create(brand=club.brand, bounced_percent=0)
    assert _look(sent).state == "sending"
    _report(sent, "bounced", 1)
    assert _look(sent).state_reason == "Held: 1 of 100 mails bounced, 1 %; the limit is 0 %."


def test_a_share_is_told_so_that_it_differs_from_the_limit(sent: Campaign) -> None:
    # 10 of 198, told as 5.1 % and not as 5 %.
    _fare(sent, 10, state="rejected", reason="refused")
    figure = guard.Figure(10, 0, 5.0, "{bad} of {judged} mails bounced")
    assert figure.sentence(198) == "10 of 198 mails bounced, 5.1 %; the limit is 5 %."
    assert figure.sentence(199) == "10 of 199 mails bounced, 5.025 %; the limit is 5 %."


def test_after_a_hold_the_counting_begins_anew(sent: Campaign, clock: Any) -> None:
    clock.shift(3_600)
    _fare(sent, 10, state="rejected", reason="refused")
    _report(sent, "bounced", 20)
    lifecycle.resume(_look(sent))
    assert _look(sent).state == "sending"
    # Old mails that bounce late are old news.
    _report(sent, "bounced", 30)
    assert _look(sent).state == "sending"
    # New ones are judged by themselves, once they are enough.
    force(sent.deliveries.filter(state="planned"), state="rejected", reason="refused")
    assert _look(sent).state == "sending"
    _make_planned(sent, 20)
    _fare(sent, 20, state="accepted", accepted_at=TEN + timedelta(hours=2))
    words = "Held: 40 of 60 mails were refused, 67 %; the limit is 5 %."
    assert _look(sent).state_reason == words


def _make_planned(campaign: Campaign, count: int) -> None:
    """So many more mails, as another occurrence to the same members."""
    members = Member.objects.order_by("pk")[:count]
    Delivery.objects.bulk_create(
        [Delivery(campaign=campaign, member=m, occurrence=1, business_at=TEN) for m in members]
    )


def test_a_pause_by_hand_forgets_nothing(sent: Campaign) -> None:
    _fare(sent, 5, state="rejected", reason="refused")
    lifecycle.resume(lifecycle.pause(sent))
    _fare(sent, 5, state="rejected", reason="refused")
    assert _look(sent).state_reason.startswith("Held: 10 of 110 mails were refused")


def test_what_no_longer_sends_is_not_held(sent: Campaign) -> None:
    _report(sent, "bounced", 20)
    seen = _again(sent)
    lifecycle.cancel(sent)
    guard.check(seen, TEN)
    assert _again(sent).state == "cancelled"


def test_only_campaigns_with_open_mails_are_looked_at(sent: Campaign) -> None:
    assert list(lifecycle.under_way()) == [sent]
    force(sent.deliveries.filter(state="planned"), state="skipped", reason="cancelled")
    assert not lifecycle.under_way().exists()


def test_only_what_may_go_now_is_work(staged: Campaign) -> None:
    assert list(lifecycle.with_work(TEN)) == [staged]
    dispatch.drain(staged.pk)
    assert not lifecycle.with_work(TEN).exists()
    _look(staged)
    _look(staged, TEN + WAIT)
    assert list(lifecycle.with_work(TEN)) == [staged]
    staged.deliveries.filter(state="planned").update(not_before=TEN + WAIT)
    assert not lifecycle.with_work(TEN).exists()


def test_accepted_mails_are_counted_anew_when_it_matters(sent: Campaign) -> None:
    _report(sent, "bounced", 5)
    assert _look(sent).state == "sending"
    _fare(sent, 50, state="accepted", accepted_at=TEN)
    _report(sent, "bounced", 2)
    assert _look(sent).state == "sending"
    _report(sent, "bounced", 1)
    assert _look(sent).state_reason == "Held: 8 of 150 mails bounced, 5.3 %; the limit is 5 %."


def test_what_one_look_counted_serves_the_next(sent: Campaign, monkeypatch: Any) -> None:
    _report(sent, "bounced", 3)
    assert _look(sent).state == "sending"
    monkeypatch.delattr(guard, "_accepted")  # to count again would fail
    assert guard._accepted_up_to(sent, 60) == 100
