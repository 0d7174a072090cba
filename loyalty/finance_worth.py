"""What points are worth in money, and amounts that add up although each is rounded."""

from collections.abc import Iterable, Iterator

from loyalty.models import LoyaltyRules
from profiles.models import Brand


def worth_of_hundred(brand: Brand) -> int:
    """The worth of a hundred points of the brand today, in minor units of its currency."""
    return LoyaltyRules.of(brand).points_value_minor


def money_of(points: int, worth: int) -> int:
    """Minor units that so many points are worth, rounded down (also below zero)."""
    return points * worth // 100


def running_money(opening: int, changes: Iterable[int], worth: int) -> Iterator[int]:
    """The money of each change of points, such that opening plus changes give the closing.

    Each amount is the difference of two rounded balances, so no cent is lost or made.
    """
    balance = opening
    for change in changes:
        yield money_of(balance + change, worth) - money_of(balance, worth)
        balance += change
