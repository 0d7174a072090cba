"""Taking a reward: what it costs, what it gives, and every reason why it cannot be taken."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from loyalty import ledger, reward_stock, rewards, tiers, voucher_pools
from loyalty.idempotency import KeyReused
from loyalty.models import (
    Entry,
    Redemption,
    Reward,
    RewardAmount,
    Tier,
    TierScheme,
    Voucher,
)
from profiles.models import Brand, Member
from tests import cast
from tests.loyalty.books import check_books
from tests.loyalty.reward_cast import amount, reward, rich, take


def test_a_reward_costs_its_points_and_is_there_at_once(club: cast.Club, gloria: Member) -> None:
    account = rich(gloria, 250)
    redemption = take(gloria, reward(club))
    assert redemption.state == "fulfilled"
    assert redemption.entry is not None
    assert redemption.entry.kind == Entry.Kind.REDEEM
    assert redemption.entry.reason == "Tote bag"
    assert ledger.balance(account) == 150
    check_books(account)


def test_one_chooses_how_much_to_take(club: cast.Club, gloria: Member) -> None:
    account = rich(gloria, 1_000)
    five, ten = (cast.offer(club, f"off-{euros}", amount_minor=euros * 100) for euros in (5, 10))
    one = reward(club, points=())
    for points, offer in ((500, five), (1_000, ten)):
        RewardAmount.objects.create(
            reward=one,
            points=points,
            value_minor=offer.amount_minor,
            currency="EUR",
            offer=offer,
        )
    chosen = RewardAmount.objects.get(points=1_000)
    redemption = rewards.redeem(gloria, chosen, "portal", "k")
    assert (redemption.points, redemption.value_minor, redemption.currency) == (1_000, 1_000, "EUR")
    assert redemption.voucher is not None
    assert redemption.voucher.offer == ten
    assert ledger.balance(account) == 0


def test_a_reward_gives_its_voucher_for_its_days(club: cast.Club, gloria: Member) -> None:
    rich(gloria)
    now = timezone.now()
    redemption = take(gloria, reward(club, offer=cast.offer(club), voucher_days=10), now=now)
    voucher = Voucher.objects.get()
    assert redemption.voucher == voucher
    assert (voucher.member, voucher.source) == (gloria, "rewards")
    assert voucher.valid_until == now + timedelta(days=10)


def test_the_same_request_takes_one(club: cast.Club, gloria: Member) -> None:
    account = rich(gloria, 250)
    one = reward(club, stock=5, offer=cast.offer(club))
    assert take(gloria, one, "k") == take(gloria, one, "k")
    assert ledger.balance(account) == 150
    assert Voucher.objects.count() == 1
    assert Reward.objects.get().left == 4


def test_its_key_for_another_reward_is_refused(club: cast.Club, gloria: Member) -> None:
    rich(gloria)
    take(gloria, reward(club), "k")
    with pytest.raises(KeyReused):
        take(gloria, reward(club, "mug"), "k")


def _refused(member: Member, one: Reward, **facts: Any) -> tuple[type, str]:
    with pytest.raises(rewards.RewardRefused) as told:
        take(member, one, **facts)
    assert not Voucher.objects.exists()
    return told.type, str(told.value)


def test_too_few_points_tell_how_many_are_missing(club: cast.Club, gloria: Member) -> None:
    rich(gloria, 58)
    one = reward(club, stock=1)
    assert _refused(gloria, one) == (rewards.PointsMissing, "42 points to go.")
    assert issubclass(rewards.PointsMissing, ledger.NotEnoughPoints)
    assert Reward.objects.get().left == 1


def test_nobody_takes_more_than_there_are(club: cast.Club, gloria: Member) -> None:
    account = rich(gloria)
    one = reward(club, stock=1)
    take(gloria, one)
    assert _refused(gloria, one) == (rewards.OutOfStock, "This reward is out of stock.")
    assert ledger.balance(account) == 900


def test_the_count_alone_gives_no_more_than_there_are(club: cast.Club) -> None:
    one = reward(club, stock=2)
    assert [reward_stock.take(one) for _ in range(3)] == [True, True, False]
    reward_stock.give_back(one.pk)
    assert [reward_stock.take(one) for _ in range(2)] == [True, False]


def test_what_one_redeemed_stays_when_its_amount_goes(club: cast.Club, gloria: Member) -> None:
    rich(gloria)
    redemption = take(gloria, reward(club))
    RewardAmount.objects.all().delete()
    redemption.refresh_from_db()
    assert (redemption.amount, redemption.points) == (None, 100)


def test_staff_edit_a_reward_and_its_amounts_on_one_page(club: cast.Club, gloria: Member) -> None:
    rich(gloria)
    edited = Reward(brand=club.brand, key="mug", title={"en": "Mug"}, stock=4)
    edited.amounts = [RewardAmount(points=50), RewardAmount(points=90)]
    edited.save()
    take(gloria, edited)
    again = Reward.objects.get()
    again.amounts = [again.amounts.get(points=50), RewardAmount(points=70)]
    again.save()
    assert list(RewardAmount.objects.values_list("points", flat=True)) == [50, 70]
    assert Reward.objects.get().left == 3


def test_more_that_come_in_can_be_taken(club: cast.Club, gloria: Member) -> None:
    rich(gloria)
    one = reward(club, stock=1)
    take(gloria, one)
    Reward.objects.update(stock=2)
    take(gloria, one)
    assert Reward.objects.get().left == 0


def test_an_edit_that_was_begun_before_does_not_undo_the_count(
    club: cast.Club, gloria: Member
) -> None:
    rich(gloria)
    one = reward(club, stock=3)
    opened = Reward.objects.get(pk=one.pk)
    take(gloria, one)
    opened.description = {"en": "Linen"}
    opened.save()
    assert Reward.objects.get().left == 2


def test_an_empty_pool_is_out_of_stock(club: cast.Club, gloria: Member) -> None:
    account = rich(gloria)
    offer = cast.offer(club)
    voucher_pools.create(offer, "Autumn")
    assert _refused(gloria, reward(club, offer=offer))[0] is rewards.OutOfStock
    assert ledger.balance(account) == 1_000
    assert not Redemption.objects.exists()


def test_a_household_takes_as_many_as_it_may(club: cast.Club, gloria: Member) -> None:
    rich(gloria)
    one = reward(club, limit_per_account=2)
    take(gloria, one)
    take(gloria, one)
    kind, said = _refused(gloria, one)
    assert (kind, said) == (
        rewards.LimitReached,
        "You can take this reward 2×, and you have.",
    )
    partner = cast.member(club, "Hugo", subscribed=False)
    Member.objects.filter(pk=partner.pk).update(account=gloria.account)
    partner.refresh_from_db()
    assert _refused(partner, one)[0] is rewards.LimitReached


def test_a_limit_of_some_days_ends_with_them(club: cast.Club, gloria: Member) -> None:
    rich(gloria)
    one = reward(club, limit_per_account=1, limit_days=30)
    now = timezone.now()
    take(gloria, one, now=now)
    kind, said = _refused(gloria, one, now=now + timedelta(days=29))
    assert (kind, said) == (rewards.LimitReached, "You can take this reward 1× in 30 days.")
    take(gloria, one, now=now + timedelta(days=30))


def test_what_was_cancelled_counts_no_longer(club: cast.Club, gloria: Member) -> None:
    rich(gloria)
    one = reward(club, limit_per_account=1)
    rewards.cancel(take(gloria, one), club.marketer, "Broken")
    assert take(gloria, one).state == "fulfilled"


def test_what_a_merged_household_took_counts(club: cast.Club, gloria: Member) -> None:
    bruno = cast.bruno(club)
    rich(bruno)
    rich(gloria)
    one = reward(club, limit_per_account=1)
    take(bruno, one)
    ledger.transfer(bruno.account, gloria.account, "test", "merge", reason="Married")
    assert _refused(gloria, one)[0] is rewards.LimitReached


@pytest.mark.parametrize(
    ("begin", "end", "said"),
    [
        (1, 2, "This reward is not available yet."),
        (-2, -1, "This reward is no longer available."),
        (-2, 0, "This reward is no longer available."),
    ],
)
def test_a_reward_has_its_days(
    club: cast.Club, gloria: Member, begin: int, end: int, said: str
) -> None:
    rich(gloria)
    now = timezone.now()
    span: dict[str, Any] = {
        "valid_from": now + timedelta(days=begin),
        "valid_until": now + timedelta(days=end),
    }
    assert _refused(gloria, reward(club, **span), now=now) == (rewards.RewardOver, said)


def test_a_voucher_that_has_ended_is_not_sold(club: cast.Club, gloria: Member) -> None:
    rich(gloria)
    over = cast.offer(club, valid_until=timezone.now() - timedelta(minutes=1))
    assert _refused(gloria, reward(club, offer=over))[0] is rewards.RewardOver
    assert take(gloria, reward(club, "late", offer=over, voucher_days=5)).voucher


def _ladder(club: cast.Club) -> list[Tier]:
    TierScheme.objects.create(brand=club.brand)
    return [
        Tier.objects.create(
            brand=club.brand, key=key, name={"en": key.title()}, rank=rank, threshold=rank * 500
        )
        for rank, key in enumerate(("basic", "silver", "gold"))
    ]


def test_some_rewards_are_for_higher_tiers(club: cast.Club, gloria: Member) -> None:
    account = rich(gloria)
    _basic, silver, gold = _ladder(club)
    one = reward(club, minimum_tier=silver)
    assert _refused(gloria, one) == (
        rewards.TierTooLow,
        "This reward is for members from Silver on.",
    )
    until = timezone.now() + timedelta(days=9)
    tiers.grant(account, gold, until, "A good regular", club.marketer)
    assert take(gloria, one).state == "fulfilled"


@pytest.mark.parametrize("status", ["pending", "left", "erased"])
def test_only_active_members_take_rewards(club: cast.Club, gloria: Member, status: str) -> None:
    rich(gloria)
    Member.objects.update(status=status)
    assert _refused(gloria, reward(club))[0] is rewards.MemberNotActive


def test_another_brands_reward_is_refused(club: cast.Club, gloria: Member) -> None:
    rich(gloria)
    one = reward(club)
    facts = {"sender_name": "O", "sender_email": "o@other.example", "postal_address": "-"}
    other = Brand.objects.create(name="Other", slug="other", **facts)
    Reward.objects.update(brand=other)
    assert _refused(gloria, one)[0] is rewards.MemberNotActive


def test_nobody_pays_another_price_than_they_saw(club: cast.Club, gloria: Member) -> None:
    account = rich(gloria)
    seen = amount(reward(club))
    RewardAmount.objects.update(points=700)
    with pytest.raises(rewards.AmountChanged):
        rewards.redeem(gloria, seen, "portal", "k")
    RewardAmount.objects.all().delete()
    with pytest.raises(rewards.RewardOver):
        rewards.redeem(gloria, seen, "portal", "k")
    assert ledger.balance(account) == 1_000


def test_points_that_have_lapsed_buy_nothing(club: cast.Club, gloria: Member) -> None:
    rich(gloria)
    one = reward(club)
    late = timezone.now() + timedelta(days=366)
    assert _refused(gloria, one, now=late) == (rewards.PointsMissing, "100 points to go.")


def test_a_refusal_is_said_in_the_readers_language(club: cast.Club) -> None:
    refused = rewards.PointsMissing(missing=1)
    with translation.override("en"):
        assert str(refused) == "1 point to go."


def test_an_amount_whose_voucher_is_worth_something_else_is_refused(club: cast.Club) -> None:
    two_euros = cast.offer(club)
    wrong = RewardAmount(
        reward=reward(club), points=900, value_minor=500, currency="EUR", offer=two_euros
    )
    with pytest.raises(ValidationError):
        wrong.clean()


@pytest.mark.parametrize(
    "wrong",
    [{"points": 0}, {"points": 7, "value_minor": 5}, {"points": 7, "currency": "EUR"}],
)
def test_the_database_refuses_amounts_without_sense(club: cast.Club, wrong: dict[str, Any]) -> None:
    one = reward(club)
    with pytest.raises(IntegrityError), transaction.atomic():
        RewardAmount.objects.create(reward=one, **wrong)
