"""How many of a limited reward are taken: claimed by a conditional UPDATE whose row count decides.

Sole writer of ``RewardTally``. What was taken while a reward had no limit is not counted.
"""

from django.db.models import F

from loyalty.models import Reward, RewardTally


def take(reward: Reward) -> bool:
    """Take one of what is left; False when nothing is."""
    if reward.stock is None:
        return True
    if _claim(reward):
        return True
    # The first one opens the tally; another may do so at the same moment.
    RewardTally.objects.bulk_create([RewardTally(reward=reward)], ignore_conflicts=True)
    return _claim(reward)


def give_back(reward_id: int) -> None:
    """Put back one that was taken."""
    RewardTally.objects.filter(reward=reward_id, taken__gt=0).update(taken=F("taken") - 1)


def _claim(reward: Reward) -> bool:
    free = RewardTally.objects.filter(reward=reward, taken__lt=reward.stock)
    return free.update(taken=F("taken") + 1) == 1
