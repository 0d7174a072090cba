"""What a signed-in member finds on the home page: card, points, and what comes next."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from loyalty import rewards
from loyalty.models import Reward
from portal.purse import Purse, purse
from portal.signed_in_by_link import who_is_here
from profiles.models import Account, Card, Member


@dataclass(frozen=True)
class NextReward:
    """The reward that is nearest: ``missing`` points to go, 0 when it can be taken now."""

    reward: Reward
    points: int
    missing: int


@dataclass(frozen=True)
class AtHome:
    """A member's own part of the home page."""

    member: Member
    card: Card | None
    purse: Purse
    next_reward: NextReward | None


def at_home(request: HttpRequest) -> AtHome | None:
    """The signed-in member's part; None for everybody else."""
    member = who_is_here(request)
    if member is None or member.status != Member.Status.ACTIVE:
        return None
    now = timezone.now()
    points = purse(member.account, now)
    return AtHome(
        member=member,
        card=member.account.cards.filter(blocked_at=None).order_by("pk").first(),
        purse=points,
        next_reward=_next_reward(member.account, points.balance, now),
    )


def _next_reward(account: Account, points: int, now: datetime) -> NextReward | None:
    """The dearest one that can be taken, else the one with the fewest points to go."""
    rows = rewards.catalogue(account, now, points=points)
    there = [row for row in rows if row.can_be_taken]
    if there:
        best = max(there, key=lambda row: row.affordable[-1].points)
        return NextReward(best.reward, best.affordable[-1].points, 0)
    row = next((row for row in rows if row.missing), None)
    return NextReward(row.reward, row.amounts[0].points, row.missing) if row else None
