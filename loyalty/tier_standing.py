"""Reading where an account stands, what the next tier takes, and what keeps the present one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from loyalty.models import Entry, Tier, TierScheme, TierStanding
from loyalty.tier_moves import Count, Ladder, advance
from loyalty.tier_windows import Window, midnight, window_at, zone_of
from profiles.models import Account


@dataclass(frozen=True)
class Standing:
    """An account's tier at a moment. Points are qualifying ones, moments exclusive ends.

    ``missing`` leads to ``next_tier`` (0 on the highest). ``keep_until`` is until when the tier
    is safe as things stand, None for ever; ``missing_to_keep`` are the points to earn by then so
    that it goes on. During a grace ``keep_until`` is its end.
    """

    tier: Tier | None
    counter: int
    since: datetime
    next_tier: Tier | None
    missing: int
    keep_until: datetime | None
    missing_to_keep: int
    grace_until: datetime | None
    granted_until: datetime | None


def standing(account: Account, at: datetime | None = None) -> Standing | None:
    """Where the account stands now, or will at a later moment if it earns nothing more.

    Right even when no job ran; None when its brand has no tiers.
    """
    at = at or timezone.now()
    scheme = scheme_of(account)
    if scheme is None:
        return None
    tiers = list(account.brand.tiers.order_by("rank"))
    found = TierStanding.objects.filter(account=account).first()
    held = found or TierStanding(account=account, since=at)
    window = window_at(scheme, account.opened_at, at)
    count = counted(account, window, at)
    advance(held, Ladder.of(tiers), count, window, at)
    return _told(held, tiers, count, scheme, window)


def scheme_of(account: Account) -> TierScheme | None:
    """The scheme of the account's brand, if it has one."""
    return TierScheme.objects.select_related("brand").filter(brand=account.brand_id).first()


def counted(account: Account, window: Window, now: datetime) -> Count:
    """What qualified in the window's period up to now, and in the period before it."""
    entries = _qualifying(account, now).filter(qualified_at__gte=window.previous or window.since)
    recent = Q(qualified_at__gte=window.since)
    sums = entries.aggregate(
        counter=Sum("qualifying", filter=recent), before=Sum("qualifying", filter=~recent)
    )
    return Count(sums["counter"] or 0, sums["before"] or 0)


def _qualifying(account: Account, now: datetime) -> QuerySet[Entry]:
    entries = Entry.objects.filter(wallet__account=account, qualified_at__lte=now)
    return entries.exclude(qualifying=0)


def _told(
    held: TierStanding, tiers: list[Tier], count: Count, scheme: TierScheme, window: Window
) -> Standing:
    tier = next((tier for tier in tiers if tier.pk == held.tier_id), None)
    rank = tier.rank if tier else -1
    above = next((other for other in tiers if other.rank > rank), None)
    until, lacking = _keeping(held, tier, count, scheme, window)
    return Standing(
        tier=tier,
        counter=count.counter,
        since=held.since,
        next_tier=above,
        missing=max(0, above.threshold - count.counter) if above else 0,
        keep_until=until,
        missing_to_keep=lacking,
        grace_until=held.grace_until,
        granted_until=held.granted_until,
    )


def _keeping(
    held: TierStanding, tier: Tier | None, count: Count, scheme: TierScheme, window: Window
) -> tuple[datetime | None, int]:
    """Until when the tier is safe, and what is missing for it to go on."""
    if tier is None or tier.threshold == 0:
        return None, 0
    lacking = max(0, tier.threshold - count.counter)
    if held.grace_until:
        return held.grace_until, lacking
    if held.granted_until and held.granted_id == tier.pk:
        return held.granted_until, lacking
    if window.until is None:
        return _until_it_leaves(held.account, tier, scheme, window)
    return (window.following, tier.threshold) if not lacking else (window.until, lacking)


def _until_it_leaves(
    account: Account, tier: Tier, scheme: TierScheme, window: Window
) -> tuple[datetime | None, int]:
    """In a rolling window: when its first days take so much along that the rest is too little."""
    zone, rest = zone_of(scheme), 0
    days: dict[datetime, int] = {}
    for at, points in _since(account, window):
        leaves = at.astimezone(zone).date() + timedelta(days=scheme.rolling_days)
        days[midnight(leaves, zone)] = days.get(midnight(leaves, zone), 0) + points
    for leaves, points in sorted(days.items(), reverse=True):
        if rest + points >= tier.threshold:
            return leaves, tier.threshold - rest
        rest += points
    return window.grace, tier.threshold - rest


def _since(account: Account, window: Window) -> list[tuple[datetime, int]]:
    entries = Entry.objects.filter(wallet__account=account, qualified_at__gte=window.since)
    rows = entries.exclude(qualifying=0).values_list("qualified_at", "qualifying")
    return [(at, points) for at, points in rows if at is not None]
