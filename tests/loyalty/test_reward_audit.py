"""The audit finds what was bent in the tables of rewards and friends, and nothing else."""

import pytest

from loyalty import audit, ledger, referrals, rewards
from loyalty.models import Redemption, Referral, ReferralRule, RewardTally
from profiles.models import Member
from tests import cast
from tests.loyalty.referral_cast import bought, brought, day
from tests.loyalty.reward_cast import reward, rich, take


@pytest.fixture
def taken(club: cast.Club, gloria: Member) -> Redemption:
    """One of three that are taken; another was cancelled, a third waits for staff."""
    rich(gloria)
    one = reward(club, stock=5)
    rewards.cancel(take(gloria, one), club.marketer, "Broken")
    take(gloria, reward(club, "mug", fulfilment="staff", stock=2))
    return take(gloria, one)


def _found() -> list[str]:
    return [str(one) for one in audit.differences()]


def test_what_is_right_is_not_reported(taken: Redemption) -> None:
    assert _found() == []


def test_a_count_that_was_bent_is_found(taken: Redemption) -> None:
    RewardTally.objects.filter(reward=taken.reward_id).update(taken=4)
    assert _found() == [f"stock that is taken: reward {taken.reward_id} has 4, should be 1"]


def test_other_points_than_were_spent_are_found(taken: Redemption) -> None:
    Redemption.objects.filter(pk=taken.pk).update(points=7)
    assert _found() == [f"points of a redemption: redemption {taken.pk} has 7, should be 100"]


def test_points_that_came_back_by_the_side_door_are_found(taken: Redemption) -> None:
    assert taken.entry is not None
    ledger.reverse(taken.entry, "test", "side door")
    assert _found() == [f"cancelled redemptions: redemption {taken.pk} has 1, should be 0"]


def test_a_friend_that_brought_other_points_is_found(club: cast.Club, gloria: Member) -> None:
    one = brought(club, gloria, "Hugo", at=day(300))
    bought(one.referred, 30, day(300))
    assert referrals.pay_due(day(314)) == 1
    assert _found() == []
    ReferralRule.objects.update(referred_points=5)
    assert _found() == [
        f"points of a referred: referral {Referral.objects.get().pk} has 100, should be 5"
    ]
