"""Where a member stands on the club's ladder, as their card shows it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from loyalty.models import Tier
from loyalty.tiers import standing
from profiles.models import Account

A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Rung:
    """The tier, how far it is to the next, and until when it holds.

    ``percent`` is how much of the next tier's threshold is there. ``last_day`` lies in the last
    day of the tier as things stand (None: it has no end); ``missing_to_keep`` are the points that
    make it go on.
    """

    tier: Tier | None
    next_tier: Tier | None
    missing: int
    percent: int
    last_day: datetime | None
    missing_to_keep: int
    in_grace: bool
    is_granted: bool


def rung(account: Account, now: datetime) -> Rung | None:
    """Where the account stands; None when its club has no tiers."""
    found = standing(account, now)
    if found is None:
        return None
    above = found.next_tier
    merited = found.tier is not None and found.missing_to_keep == found.tier.threshold
    return Rung(
        tier=found.tier,
        next_tier=above,
        missing=found.missing,
        percent=_percent(found.counter, above),
        last_day=found.keep_until - A_MOMENT if found.keep_until else None,
        # The whole threshold is next year's matter, and would only frighten.
        missing_to_keep=0 if merited and not found.grace_until else found.missing_to_keep,
        in_grace=found.grace_until is not None,
        is_granted=found.granted_until is not None and found.keep_until == found.granted_until,
    )


def _percent(counter: int, above: Tier | None) -> int:
    """Never full before it is reached."""
    if above is None or above.threshold == 0:
        return 100
    return max(0, min(99, counter * 100 // above.threshold))
