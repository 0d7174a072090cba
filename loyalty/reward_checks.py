"""Whether a reward may be taken: what is known of the household, and the first thing against it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from loyalty import tiers
from loyalty.models import Redemption, Reward, RewardAmount, Wallet
from loyalty.reward_refusals import (
    LimitReached,
    OutOfStock,
    RewardOver,
    RewardRefused,
    TierTooLow,
)
from profiles.models import Account


@dataclass(frozen=True)
class Taker:
    """What counts of a household: the rank of its tier, and when it took which limited reward."""

    rank: int | None
    taken: Mapping[int, list[datetime]] = field(default_factory=dict)


def taker_of(account: Account, rewards: Iterable[Reward], now: datetime) -> Taker:
    """Look up what these rewards need to know, and no more."""
    rewards = list(rewards)
    limited = [reward.pk for reward in rewards if reward.limit_per_account]
    rank = tier_rank_of(account, now) if any(one.minimum_tier for one in rewards) else None
    return Taker(rank, _taken(account, limited) if limited else {})


def tier_rank_of(account: Account, at: datetime) -> int | None:
    """The rank of the tier on which an account stands at a moment; None without one."""
    standing = tiers.standing(account, at)
    return standing.tier.rank if standing and standing.tier else None


def why_not(
    reward: Reward, amount: RewardAmount, taker: Taker, now: datetime
) -> RewardRefused | None:
    """The first thing, besides points, for which the reward cannot be taken; None when it can."""
    if reward.valid_from > now:
        return RewardOver(not_yet=True)
    if (reward.valid_until and reward.valid_until <= now) or _voucher_would_be_over(amount, now):
        return RewardOver()
    if reward.minimum_tier and (taker.rank is None or taker.rank < reward.minimum_tier.rank):
        return TierTooLow(tier=reward.minimum_tier)
    if _is_limit_reached(reward, taker, now):
        return LimitReached(limit=reward.limit_per_account, days=reward.limit_days)
    # Whoever takes it claims one: this is only what can be told beforehand.
    return OutOfStock() if reward.left == 0 else None


def _voucher_would_be_over(amount: RewardAmount, now: datetime) -> bool:
    offer = amount.given_offer
    return bool(offer and not amount.reward.voucher_days and offer.valid_until <= now)


def _is_limit_reached(reward: Reward, taker: Taker, now: datetime) -> bool:
    if not reward.limit_per_account:
        return False
    moments = taker.taken.get(reward.pk, [])
    if reward.limit_days:
        since = now - timedelta(days=reward.limit_days)
        moments = [moment for moment in moments if moment > since]
    return len(moments) >= reward.limit_per_account


def _taken(account: Account, rewards: Iterable[int]) -> dict[int, list[datetime]]:
    rows = Redemption.objects.filter(account__in=_accounts_in(account), reward__in=rewards)
    moments: dict[int, list[datetime]] = {}
    for reward, at in rows.exclude(state=Redemption.State.CANCELLED).values_list(
        "reward_id", "occurred_at"
    ):
        moments.setdefault(reward, []).append(at)
    return moments


def _accounts_in(account: Account) -> set[int]:
    """The account and those that were merged into it: what they took counts, too."""
    found, fresh = {account.pk}, {account.pk}
    while fresh:
        moved = Wallet.objects.filter(moved_to__account__in=fresh)
        fresh = set(moved.values_list("account_id", flat=True)) - found
        found |= fresh
    return found
