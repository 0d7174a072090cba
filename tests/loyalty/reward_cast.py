"""A reward to take, points to pay for it, and all that a cancellation must bring back."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from loyalty import rewards
from loyalty.models import Lot, Redemption, Reward, RewardAmount, RewardTally, Wallet
from profiles.models import Account, Member
from tests import cast
from tests.loyalty.books import earn

_numbers = count(1)


def reward(club: cast.Club, key: str = "tote", points: Iterable[int] = (100,), **facts: Any) -> Any:
    """A tote bag for a hundred points, taken at once."""
    defaults: dict[str, Any] = {
        "title": {"en": "Tote bag", "es": "Bolsa"},
        "valid_from": timezone.now() - timedelta(days=1),
    }
    made = Reward.objects.create(brand=club.brand, key=key, **{**defaults, **facts})
    for number in points:
        RewardAmount.objects.create(reward=made, points=number)
    return made


def amount(reward: Reward) -> RewardAmount:
    """The reward's cheapest amount."""
    found: RewardAmount = RewardAmount.objects.filter(reward=reward).order_by("points")[0]
    return found


def rich(member: Member, points: int = 1_000) -> Account:
    """Give a member points that last a year."""
    now = timezone.now()
    earn(
        member.account, points, f"rich-{next(_numbers)}", now, expires_at=now + timedelta(days=365)
    )
    return member.account


def take(member: Member, reward: Reward, key: str = "", **facts: Any) -> Redemption:
    """Take a reward's cheapest amount; without a key, under one of its own."""
    key = key or f"take-{next(_numbers)}"
    return rewards.redeem(member, amount(reward), "portal", key, **facts)


def picture(account: Account, reward: Reward) -> dict[str, Any]:
    """Points, their lots with their ends, and the stock."""
    wallet = Wallet.objects.get(account=account)
    return {
        "wallet": (wallet.active, wallet.pending, wallet.held, wallet.debt),
        "lots": list(
            Lot.objects.filter(wallet=wallet)
            .order_by("pk")
            .values_list("pk", "original", "remaining", "available_at", "expires_at")
        ),
        "taken": RewardTally.objects.filter(reward=reward, taken__gt=0).count(),
        "left": Reward.objects.get(pk=reward.pk).left,
    }
