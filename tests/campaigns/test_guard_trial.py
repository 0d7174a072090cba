"""A staged start: first a trial goes, its answers are awaited, and only then the rest follows."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from campaigns import dispatch, guard, lifecycle
from campaigns.models import Campaign, SendingRules
from tests import cast
from tests.campaigns.forcing import force
from tests.campaigns.guarded import TEN, again, fare, look, report
from tests.cast import Club
from tests.faults.crowd import crowd

CROWD = 600
WAIT = timedelta(minutes=15)


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
    return again(lifecycle.start(cast.approved(club, made)))


def test_a_campaign_from_trial_to_the_end(staged: Campaign, clock: Any) -> None:
    # At ten the trial goes, and nothing else.
    trial = staged.deliveries.filter(wave=0).count()
    assert staged.wave == 0
    assert 30 <= trial <= 90
    assert dispatch.drain(staged.pk) == trial
    assert dispatch.drain(staged.pk) == 0
    # A minute later the guard sees that it is over; its answers are awaited.
    clock.shift(60)
    waiting = look(staged, TEN + timedelta(minutes=1))
    assert (waiting.state, waiting.wave) == ("sending", 0)
    assert waiting.wave_ended_at == TEN + timedelta(minutes=1)
    # Some mails bounce, too many for the limit of five percent: the campaign holds and says why.
    report(staged, "bounced", 12)
    held = look(staged, TEN + timedelta(minutes=5))
    assert (held.state, held.wave) == ("paused", 0)
    share = f"{float(f'{1200 / trial:.2g}'):g}"
    words = f"Held: 12 of {trial} mails bounced, {share} %; the limit is 5 %."
    assert held.state_reason == words
    assert dispatch.drain(staged.pk) == 0
    # Somebody looks at the list, and lets it go on; what bounced then counts no longer.
    clock.shift(19 * 60)
    resumed = lifecycle.resume(held)
    assert (resumed.state, resumed.state_reason) == ("sending", "")
    going = look(staged, TEN + timedelta(minutes=20))
    assert (going.state, going.wave) == ("sending", 1)
    # The rest goes, and nobody got it twice.
    assert dispatch.drain(staged.pk) == CROWD - trial
    assert lifecycle.progress(staged) == {"accepted": CROWD}


def test_a_good_trial_lets_the_rest_follow_after_the_wait_and_not_before(
    staged: Campaign,
) -> None:
    dispatch.drain(staged.pk)
    assert look(staged).wave_ended_at == TEN
    assert look(staged, TEN + WAIT - timedelta(seconds=1)).wave == 0
    assert look(staged, TEN + WAIT).wave == 1


def test_a_trial_on_its_way_is_not_over(staged: Campaign) -> None:
    assert look(staged).wave_ended_at is None
    dispatch.drain(staged.pk)
    lease = TEN + timedelta(seconds=60)
    fare(staged, 1, of="accepted", state="handing_off", lease_until=lease)
    assert look(staged).wave_ended_at is None
    # Its worker is gone, and nobody knows: the rest does not wait for that.
    assert look(staged, lease + guard.STRANDED).wave_ended_at is not None


def test_mails_that_a_server_put_off_do_not_keep_the_rest_waiting(staged: Campaign) -> None:
    dispatch.drain(staged.pk)
    later = TEN + timedelta(hours=2)
    fare(staged, 5, of="accepted", state="deferred", deferred_until=later)
    assert look(staged).wave_ended_at == TEN


@pytest.mark.parametrize("reason", ["greylisted", "server_away"])
def test_a_trial_of_which_nothing_was_tried_tells_nothing(staged: Campaign, reason: str) -> None:
    trial = staged.deliveries.filter(wave=0)
    force(trial, state="deferred", reason=reason, deferred_until=TEN)
    assert look(staged).wave_ended_at is None


def test_a_server_that_went_away_in_the_midst_is_awaited(staged: Campaign) -> None:
    dispatch.drain(staged.pk)
    fare(staged, 5, of="accepted", state="deferred", reason="server_away", deferred_until=TEN)
    assert look(staged).wave_ended_at is None


def test_mails_whose_hour_is_far_off_do_not_keep_the_rest_from_going_in_its_hour(
    staged: Campaign,
) -> None:
    dispatch.drain(staged.pk)
    in_new_york = TEN + timedelta(hours=5)
    fare(staged, 5, of="accepted", state="planned", not_before=in_new_york, accepted_at=None)
    assert look(staged).wave_ended_at == TEN


def test_a_trial_whose_members_all_left_lets_the_rest_follow(staged: Campaign) -> None:
    force(staged.deliveries.filter(wave=0), state="skipped", reason="no_consent")
    assert look(staged, TEN + WAIT).wave_ended_at == TEN + WAIT


def test_without_a_wait_the_rest_follows_at_once(club: Club, staged: Campaign) -> None:
    SendingRules.objects.create(brand=club.brand, first_wait_minutes=0)
    dispatch.drain(staged.pk)
    assert look(staged).wave == 1


def test_when_a_small_trial_is_over_three_bad_mails_are_enough(staged: Campaign) -> None:
    keep = list(staged.deliveries.filter(wave=0).values_list("pk", flat=True)[:20])
    force(staged.deliveries.filter(wave=0).exclude(pk__in=keep), state="skipped", reason="left")
    dispatch.drain(staged.pk)
    report(staged, "bounced", 3)
    assert look(staged).state == "sending"
    held = look(staged, TEN + WAIT)
    assert held.state_reason == "Held: 3 of 20 mails bounced, 15 %; the limit is 5 %."


def test_a_paused_trial_does_not_let_the_rest_follow(staged: Campaign) -> None:
    dispatch.drain(staged.pk)
    seen = again(staged)
    lifecycle.pause(staged)
    guard.check(seen, TEN)
    guard.check(seen, TEN + WAIT)
    assert again(staged).wave == 0


def test_only_what_may_go_now_is_work(staged: Campaign) -> None:
    assert list(lifecycle.with_work(TEN)) == [staged]
    dispatch.drain(staged.pk)
    assert not lifecycle.with_work(TEN).exists()
    look(staged)
    look(staged, TEN + WAIT)
    assert list(lifecycle.with_work(TEN)) == [staged]
    staged.deliveries.filter(state="planned").update(not_before=TEN + WAIT)
    assert not lifecycle.with_work(TEN).exists()
