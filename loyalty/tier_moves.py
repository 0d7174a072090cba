"""The rule by which an account moves between tiers, for one account.

``loyalty.tier_recomputing`` says the same in SQL, for all of them; a test compares the two.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from loyalty.models import Tier, TierChange, TierStanding
from loyalty.tier_windows import Window

Reason = TierChange.Reason
NO_RANK = -1  # stands on no tier at all
IN_GRACE = "grace"


@dataclass(frozen=True)
class Rung:
    """A tier as numbers."""

    pk: int
    rank: int
    threshold: int


@dataclass(frozen=True)
class Ladder:
    """A brand's tiers, the highest first."""

    rungs: tuple[Rung, ...]

    @classmethod
    def of(cls, tiers: Iterable[Tier]) -> "Ladder":
        """The ladder of these tiers; one that is not saved yet gets a negative number."""
        found = [Rung(tier.pk or -1 - tier.rank, tier.rank, tier.threshold) for tier in tiers]
        return cls(tuple(sorted(found, key=lambda rung: -rung.rank)))

    def earned(self, points: int) -> int:
        """The rank that so many points reach."""
        return next((rung.rank for rung in self.rungs if points >= rung.threshold), NO_RANK)

    def rank(self, tier: int | None) -> int:
        """The rank of a tier's number."""
        return next((rung.rank for rung in self.rungs if rung.pk == tier), NO_RANK)

    def at(self, rank: int) -> int | None:
        """The number of the tier with a rank."""
        return next((rung.pk for rung in self.rungs if rung.rank == rank), None)


@dataclass(frozen=True)
class Count:
    """What qualified in the window's period, and in the period before it."""

    counter: int
    before: int = 0


def merited(standing: TierStanding, ladder: Ladder, count: Count, now: datetime) -> int:
    """The rank that this or the last period's counter reaches, or that is granted for now."""
    earned = ladder.earned(max(count.counter, count.before))
    over = standing.granted_until is None or standing.granted_until <= now
    return earned if over else max(earned, ladder.rank(standing.granted_id))


def advance(
    standing: TierStanding, ladder: Ladder, count: Count, window: Window, now: datetime
) -> str:
    """Bring a standing in memory up to ``now``; returns the reason of a change, or ""."""
    deserved = merited(standing, ladder, count, now)
    move = _move(standing, ladder, deserved, window, now)
    grace = _grace(standing, window)
    if move == IN_GRACE:
        standing.grace_until = grace
    else:
        if move:
            standing.since = _effective(move, standing, grace, now)
            standing.tier_id = ladder.at(deserved)
        standing.grace_until = standing.warned_at = None
    if standing.granted_until and standing.granted_until <= now:
        standing.granted = standing.granted_until = None
    standing.counter = count.counter
    standing.counted_since = window.since if window.previous else None
    return "" if move == IN_GRACE else move


def _move(
    standing: TierStanding, ladder: Ladder, deserved: int, window: Window, now: datetime
) -> str:
    held = ladder.rank(standing.tier_id)
    if deserved >= held:
        return Reason.REACHED if deserved > held else ""
    ended = standing.granted_until is not None and standing.granted_until <= now
    if ended and standing.granted_id == standing.tier_id:
        return Reason.GRANT_OVER
    return Reason.LAPSED if _grace(standing, window) <= now else IN_GRACE


def _grace(standing: TierStanding, window: Window) -> datetime:
    """When the grace ends that has begun, or that begins now.

    A tier that ran out with its period is in grace from the first day of the new one, whenever
    somebody looks; one that was lost in mid-period, by a return, from today.
    """
    if standing.grace_until:
        return standing.grace_until
    counted = standing.counted_since
    return window.edge_grace if counted and counted < window.since else window.grace


def _effective(move: str, standing: TierStanding, grace: datetime, now: datetime) -> datetime:
    """When a change took effect, which may be before somebody looked."""
    if move == Reason.GRANT_OVER and standing.granted_until:
        return standing.granted_until
    if move == Reason.LAPSED and grace > standing.since:
        return grace
    return now
