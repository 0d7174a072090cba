"""One button stops all sending; who pushed it, when and why stays on record."""

from threading import Barrier

import pytest

from campaigns import dispatch, lifecycle, switch
from campaigns.models import Campaign, SendingSwitch
from tests import cast
from tests.cast import Club
from tests.loyalty.threads import at_once

THREADS, ROUNDS = 8, 5


@pytest.fixture
def sending(club: Club, settings: object, tmp_path: object) -> Campaign:
    """A campaign to Gloria that may go at once."""
    settings.REGULARS_OUTBOX = tmp_path  # type: ignore[attr-defined]
    cast.gloria(club)
    return lifecycle.start(cast.approved(club, cast.campaign(club)))


def test_nothing_is_stopped_until_somebody_says_so(club: Club) -> None:
    assert switch.stopped() is None


def test_a_stop_holds_until_it_is_released(club: Club) -> None:
    switch.stop(club.marketer, "Wrong prices")
    standing = switch.stopped()
    assert standing is not None
    assert (standing.why, standing.moved_by) == ("Wrong prices", club.marketer)
    switch.release(club.approver, "Prices are right again")
    assert switch.stopped() is None


def test_every_push_stays_on_record(club: Club) -> None:
    switch.stop(club.marketer, "Wrong prices")
    switch.release(club.approver, "Right again")
    switch.stop(club.marketer, "Wrong once more")
    told = SendingSwitch.objects.order_by("pk").values_list("stopped", "why", "moved_by__username")
    assert list(told) == [
        (True, "Wrong prices", "marta"),
        (False, "Right again", "pablo"),
        (True, "Wrong once more", "marta"),
    ]


def test_what_is_stopped_cannot_be_stopped_again(club: Club) -> None:
    switch.stop(club.marketer, "Wrong prices")
    with pytest.raises(switch.NotPossible, match="stopped already, by marta"):
        switch.stop(club.approver, "Me too")
    assert SendingSwitch.objects.count() == 1


def test_what_runs_cannot_be_released(club: Club) -> None:
    with pytest.raises(switch.NotPossible, match="not stopped"):
        switch.release(club.marketer, "Just so")
    assert not SendingSwitch.objects.exists()


def test_a_push_needs_a_reason(club: Club) -> None:
    with pytest.raises(switch.NotPossible, match="why"):
        switch.stop(club.marketer, "  ")
    assert switch.stopped() is None


def test_while_stopped_nothing_goes_and_nothing_is_lost(club: Club, sending: Campaign) -> None:
    switch.stop(club.marketer, "Wrong prices")
    assert dispatch.drain(sending.pk) == 0
    assert lifecycle.progress(sending) == {"planned": 1}
    switch.release(club.approver, "Prices are right again")
    assert dispatch.drain(sending.pk) == 1
    assert lifecycle.progress(sending) == {"accepted": 1}


def test_while_stopped_no_campaign_is_due(club: Club) -> None:
    campaign = cast.approved(club, cast.campaign(club))
    assert campaign.send_at is not None
    assert lifecycle.due(campaign.send_at) == [campaign]
    switch.stop(club.marketer, "Wrong prices")
    assert lifecycle.due(campaign.send_at) == []


def test_many_push_at_once_and_one_does(
    transactional_db: None, django_db_serialized_rollback: None
) -> None:
    marketer, together = cast.club().marketer, Barrier(THREADS)

    def push(_number: int) -> SendingSwitch:
        switch.stopped()  # so that every thread has its connection
        together.wait()
        return switch.stop(marketer, "Wrong prices")

    for round_ in range(1, ROUNDS + 1):
        told = at_once(THREADS, push)
        assert sum(isinstance(one, switch.NotPossible) for one in told) == THREADS - 1
        assert SendingSwitch.objects.filter(stopped=True).count() == round_
        switch.release(marketer, "Right again")
