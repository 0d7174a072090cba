"""Tiers: what an account has earned lately decides on which step of the ladder it stands.

What counts is the ledger's own counter, ``Entry.qualifying``, on the day ``qualified_at``: apart
from the points a member can spend, so spending never demotes, and points that lapse take no tier
away. A return takes its share off the day of its purchase.

*Going up* happens at once: the moment the counter reaches a threshold, after the purchase that
did it (``on_earned``).

*What is merited* depends on the window. Where the counter runs by the year, be it the calendar's
or from the day the account was opened, a tier earned in one year is kept to the end of the next:
merited is the higher of what this year's counter reaches and what the last year's did. Where the
last N days count (today is one of them), merited is what these days reach.

*Going down* takes time. When less is merited than the account stands on, a grace begins. A tier
that ran out with its year is in grace from the first day of the new one, even when nobody looked
that day; with a rolling window, or when a return took it, the grace begins on the day on which
the nightly run or a purchase finds it, so a missed night is to the member's advantage. Before the
grace ends the member is warned (``to_warn``). Whoever earns the tier again meanwhile keeps it; at
the end of the grace the account goes down to what is merited then, and whoever earned the tier
again before anybody looked has kept it.

*Granted* tiers, and those taken over from another system, hold until their date, whatever the
counter says, and end on it without grace.

Worked example. Silver takes 100 a calendar year, grace is 30 days. In March 2025 Ana reaches 120:
silver, kept to the end of 2026. In 2026 she earns 40. On 1 January 2027 the last year's counter
is 40: grace until 31 January. She is warned from 17 January, and earns 100 by then or goes down.

Days are those of the brand's time zone. All of this is true now, whether or not a job ran:
``standing`` works it out; ``refresh`` writes it for one account, ``recompute`` for all.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from loyalty.models import TierScheme, TierStanding
from loyalty.tier_changes import grant, import_standing, join, on_earned, refresh
from loyalty.tier_recomputing import preview, recompute
from loyalty.tier_standing import Standing, standing
from profiles.models import Account, Brand

FEW = 20  # accounts that are looked after one by one, without the lock of a whole table

__all__ = [
    "Standing",
    "climb",
    "grant",
    "import_standing",
    "join",
    "mark_warned",
    "on_earned",
    "preview",
    "recompute",
    "refresh",
    "standing",
    "to_warn",
]


def climb(brand: Brand, accounts: Collection[int], now: datetime | None = None) -> None:
    """Look after the tiers of accounts (by number) that have just bought something."""
    if not TierScheme.objects.filter(brand=brand).exists():
        return
    among = Account.objects.filter(pk__in=accounts)
    if len(accounts) > FEW:
        recompute(brand, now, among)
        return
    for account in among.order_by("pk"):
        on_earned(account, now)


def to_warn(brand: Brand, now: datetime | None = None) -> QuerySet[TierStanding]:
    """Whom to warn that a tier will be lost, soonest first: in grace, and not warned before."""
    now = now or timezone.now()
    scheme = TierScheme.objects.filter(brand=brand).first()
    if scheme is None:
        return TierStanding.objects.none()
    ahead = now + timedelta(days=scheme.warning_days)
    graced = TierStanding.objects.filter(account__brand=brand, warned_at=None)
    return graced.filter(grace_until__gt=now, grace_until__lte=ahead).order_by("grace_until", "pk")


def mark_warned(standing: TierStanding, now: datetime | None = None) -> bool:
    """Claim the warning of one grace; False when it was given before, or the grace is over."""
    waiting = TierStanding.objects.filter(pk=standing.pk, warned_at=None)
    same = waiting.filter(grace_until=standing.grace_until, grace_until__isnull=False)
    return bool(same.update(warned_at=now or timezone.now()))
