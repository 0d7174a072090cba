"""Claims, leases and deferrals: whoever is lost, stopped or late, each mail goes out once."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
import time_machine
from django.utils import timezone

from campaigns import deliveries, dispatch, lifecycle, transports
from campaigns.deliveries import AWAY_TRIES, MAX_TRIES, Claim, Outcome
from campaigns.models import Campaign, Delivery
from campaigns.transports import Outgoing
from profiles import preferences
from profiles.models import Member
from profiles.suppression import suppress
from tests import cast
from tests.campaigns.mails import claimed, started
from tests.cast import Club

LONG = timedelta(hours=5)


@pytest.fixture
def club(db: None, settings: Any, tmp_path: Path) -> Club:
    """The corner shop's club, with three who can be mailed, and an outbox of its own."""
    settings.REGULARS_OUTBOX = tmp_path
    club = cast.club()
    for name in ("Gloria", "Hugo", "Irene"):
        cast.member(club, name)
    return club


@pytest.fixture
def campaign(club: Club) -> Campaign:
    """Sending to the three."""
    return started(club)


def _states(campaign: Campaign) -> dict[str, int]:
    return lifecycle.progress(campaign)


def _handing_off(campaign: Campaign, size: int = 100) -> Claim:
    held = claimed(campaign, size)
    assert set(deliveries.begin_hand_off(campaign, held, held.delivery_ids)) == set(
        held.delivery_ids
    )
    return held


def _after(campaign: Campaign, lapse: timedelta) -> dict[str, int]:
    deliveries.reap(timezone.now() + lapse)
    return _states(campaign)


def test_two_claims_never_share_a_delivery(campaign: Campaign) -> None:
    first, second, third = (claimed(campaign, 2) for _ in range(3))
    assert len(first.delivery_ids) == 2
    assert len(second.delivery_ids) == 1
    assert not set(first.delivery_ids) & set(second.delivery_ids)
    assert third.delivery_ids == ()


def test_a_claim_is_left_alone_until_its_lease_runs_out(campaign: Campaign) -> None:
    claimed(campaign)
    assert _after(campaign, timedelta(seconds=1)) == {"claimed": 3}
    assert _after(campaign, LONG) == {"planned": 3}


def test_a_lapsed_hand_off_becomes_unknown_and_is_never_sent_again(campaign: Campaign) -> None:
    _handing_off(campaign)
    assert _after(campaign, LONG) == {"unknown": 3}
    assert dispatch.drain(campaign.pk) == 0
    assert _after(campaign, LONG * 2) == {"unknown": 3}
    assert set(campaign.deliveries.values_list("reason", flat=True)) == {"worker_lost"}


def test_a_worker_that_outlived_its_lease_hands_nothing_over(campaign: Campaign) -> None:
    held = claimed(campaign)
    with time_machine.travel(timezone.now() + LONG, tick=False):
        assert deliveries.begin_hand_off(campaign, held, held.delivery_ids) == []
        deliveries.reap()
        other = claimed(campaign)
        assert deliveries.begin_hand_off(campaign, held, held.delivery_ids) == []
        assert len(deliveries.begin_hand_off(campaign, other, other.delivery_ids)) == 3


def test_a_late_worker_may_still_tell_what_became_of_its_own(campaign: Campaign) -> None:
    held = _handing_off(campaign)
    deliveries.reap(timezone.now() + LONG)
    told = [Outcome(pk, "accepted") for pk in held.delivery_ids]
    deliveries.settle(Claim("f" * 32, held.delivery_ids, held.lease_until), told)
    assert _states(campaign) == {"unknown": 3}, "told by somebody else"
    deliveries.settle(held, told)
    assert _states(campaign) == {"accepted": 3}


def test_what_was_settled_stays_settled(campaign: Campaign) -> None:
    held = _handing_off(campaign)
    deliveries.settle(held, [Outcome(pk, "accepted") for pk in held.delivery_ids])
    deliveries.settle(held, [Outcome(pk, "rejected", "refused") for pk in held.delivery_ids])
    assert _after(campaign, LONG) == {"accepted": 3}


def test_a_deferral_waits_then_goes_out(campaign: Campaign) -> None:
    held = _handing_off(campaign)
    deliveries.settle(held, [Outcome(pk, "deferred", "greylisted") for pk in held.delivery_ids])
    assert dispatch.drain(campaign.pk) == 0
    assert not lifecycle.is_finished(campaign)
    assert _after(campaign, timedelta(seconds=1)) == {"deferred": 3}
    assert _after(campaign, timedelta(minutes=1)) == {"planned": 3}
    assert dispatch.drain(campaign.pk) == 3
    assert lifecycle.is_finished(campaign)


def test_pauses_grow_and_the_last_try_gives_up(campaign: Campaign) -> None:
    pauses = [_put_off(campaign, "greylisted") for _ in range(MAX_TRIES)]
    waits = [pause for pause in pauses if pause is not None]
    assert len(waits) == MAX_TRIES - 1
    assert waits[-1] > waits[0] * 10
    assert _states(campaign) == {"rejected": 3}
    assert campaign.deliveries.filter(reason="gave_up").count() == 3


def test_a_server_that_is_away_uses_up_nobodys_tries(campaign: Campaign) -> None:
    for _ in range(MAX_TRIES * 2):
        assert _put_off(campaign, "server_away") is not None
    assert set(campaign.deliveries.values_list("tries", flat=True)) == {AWAY_TRIES}
    assert dispatch.drain(campaign.pk) == 3


def test_a_batch_in_flight_when_the_campaign_is_cancelled_is_skipped_in_the_end(
    campaign: Campaign,
) -> None:
    in_hand, waiting = _handing_off(campaign, 1), claimed(campaign, 1)
    lifecycle.cancel(campaign)
    assert deliveries.begin_hand_off(campaign, waiting, waiting.delivery_ids) == []
    deliveries.settle(in_hand, [Outcome(in_hand.delivery_ids[0], "deferred", "greylisted")])
    assert _after(campaign, timedelta(seconds=1)) == {"skipped": 3}
    assert lifecycle.is_finished(Campaign.objects.get(pk=campaign.pk))


@pytest.mark.parametrize("change", ["suppressed", "paused"])
def test_a_change_of_heart_during_the_send_is_respected(campaign: Campaign, change: str) -> None:
    held, person = claimed(campaign), Member.objects.get(first_name="Hugo")
    if change == "suppressed":
        suppress(person.email_key, "complaint", "test")
    else:
        preferences.pause(person, timezone.now() + timedelta(days=7))
    assert len(deliveries.begin_hand_off(campaign, held, held.delivery_ids)) == 2
    skipped = campaign.deliveries.get(state="skipped")
    assert (skipped.member, skipped.reason) == (person, change)


class Breaking:
    """Hands one mail over, then breaks as no transport should."""

    mails_per_commit: ClassVar[int] = 50

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def send(self, batch: Sequence[Outgoing], _deadline: float) -> Iterator[Outcome]:
        """Accept the first mail of the batch."""
        yield Outcome(batch[0].delivery_id, "accepted")
        raise RuntimeError("broken")


class Hurried(Breaking):
    """Stops at its deadline after the first mail."""

    def send(self, batch: Sequence[Outgoing], _deadline: float) -> Iterator[Outcome]:
        """Accept the first mail of the batch."""
        yield Outcome(batch[0].delivery_id, "accepted")


def test_what_is_known_survives_a_broken_transport(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transports, "current", Breaking)
    with pytest.raises(RuntimeError, match="broken"):
        dispatch.drain(campaign.pk)
    assert _states(campaign) == {"accepted": 1, "handing_off": 2}
    assert _after(campaign, LONG) == {"accepted": 1, "unknown": 2}


def test_what_was_not_begun_before_the_deadline_is_planned_again(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transports, "current", Hurried)
    assert dispatch.drain(campaign.pk, budget=5) == 3
    assert _states(campaign) == {"accepted": 3}


def test_only_the_first_words_of_an_event_can_settle_an_unknown(campaign: Campaign) -> None:
    held = _handing_off(campaign)
    deliveries.reap(timezone.now() + LONG)
    known = held.delivery_ids[0]
    assert deliveries.prove(known, Delivery.State.ACCEPTED)
    assert not deliveries.prove(known, Delivery.State.REJECTED, "refused")
    assert _states(campaign) == {"accepted": 1, "unknown": 2}


def _put_off(campaign: Campaign, reason: str) -> timedelta | None:
    """Hand over, be put off, and wait until it is due; the pause, or None when given up."""
    held = _handing_off(campaign)
    before = timezone.now()
    deliveries.settle(held, [Outcome(pk, "deferred", reason) for pk in held.delivery_ids])
    until: datetime | None = campaign.deliveries.order_by("pk")[0].deferred_until
    if until is None:
        return None
    deliveries.reap(until + timedelta(hours=1))
    return until - before
