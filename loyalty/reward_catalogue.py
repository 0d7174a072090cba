"""The rewards as a household sees them: first what it can take, then what it is closest to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from loyalty import ledger
from loyalty.models import Reward, RewardAmount
from loyalty.reward_checks import Taker, taker_of, why_not
from loyalty.reward_refusals import PointsMissing, RewardOver, RewardRefused
from profiles.models import Account, Brand


@dataclass(frozen=True)
class Row:
    """A reward with its amounts, the cheapest first, and what stands against taking it.

    ``refused`` is None when at least the cheapest amount can be taken; its text is the reason
    ("42 points to go."). ``missing`` are the points that the cheapest amount still takes.
    """

    reward: Reward
    amounts: tuple[RewardAmount, ...]
    affordable: tuple[RewardAmount, ...]
    missing: int
    refused: RewardRefused | None

    @property
    def can_be_taken(self) -> bool:
        """Whether there is an amount that can be taken now."""
        return self.refused is None


def catalogue(
    account: Account, now: datetime | None = None, *, points: int | None = None
) -> list[Row]:
    """The rewards on show; a fixed number of queries, however many there are.

    ``points`` is the balance where the caller knows it. Sorted: those that can be taken, then by
    the points they still take, then those that another reason stands against.
    """
    now = now or timezone.now()
    rewards = _on_show(account.brand_id, now)
    amounts = _amounts(rewards)
    taker = taker_of(account, rewards, now)
    points = ledger.balance(account, now) if points is None else points
    rows = [
        _row(reward, tuple(amounts[reward.pk]), taker, points, now)
        for reward in rewards
        if reward.pk in amounts
    ]
    # The sort is stable: among equals the order is that of the rewards.
    return sorted((row for row in rows if not isinstance(row.refused, RewardOver)), key=_rank)


@dataclass(frozen=True)
class PublicRow:
    """A reward as anybody may see it, with its amounts, the cheapest first."""

    reward: Reward
    amounts: tuple[RewardAmount, ...]


def public_catalogue(brand: Brand, now: datetime | None = None) -> list[PublicRow]:
    """The rewards on show, the cheapest first, whoever looks."""
    rewards = _on_show(brand.pk, now or timezone.now())
    amounts = _amounts(rewards)
    there = [reward for reward in rewards if reward.pk in amounts and reward.left != 0]
    rows = [PublicRow(reward, tuple(amounts[reward.pk])) for reward in there]
    return sorted(rows, key=lambda row: row.amounts[0].points)


def _row(
    reward: Reward, amounts: tuple[RewardAmount, ...], taker: Taker, points: int, now: datetime
) -> Row:
    cheapest = amounts[0]
    missing = max(0, cheapest.points - points)
    refused = why_not(reward, cheapest, taker, now)
    if refused is None and missing:
        refused = PointsMissing(missing=missing)
    affordable = () if refused else tuple(one for one in amounts if one.points <= points)
    return Row(reward, amounts, affordable, missing, refused)


def _rank(row: Row) -> tuple[int, int]:
    if row.refused is None:
        return 0, 0
    return (1, row.missing) if isinstance(row.refused, PointsMissing) else (2, row.missing)


def _on_show(brand_id: int | None, now: datetime) -> list[Reward]:
    lasting = Q(valid_until=None) | Q(valid_until__gt=now)
    shown = Reward.objects.filter(lasting, brand=brand_id, valid_from__lte=now)
    return list(shown.select_related("offer", "minimum_tier", "tally"))


def _amounts(rewards: Sequence[Reward]) -> dict[int, list[RewardAmount]]:
    """The amounts by reward, the cheapest first, each knowing its reward."""
    by_pk = {reward.pk: reward for reward in rewards}
    found: dict[int, list[RewardAmount]] = {}
    rows = RewardAmount.objects.filter(reward__in=by_pk).select_related("offer")
    for amount in rows.order_by("points"):
        amount.reward = by_pk[amount.reward_id]
        found.setdefault(amount.reward_id, []).append(amount)
    return found
