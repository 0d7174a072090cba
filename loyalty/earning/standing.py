"""Tiers and segments as they stood: asked of whoever knows them.

The tiers' module and the campaigns app register a look-up. Without one, nobody has a tier or is
in a segment, and rules that ask for one pay nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, time

from loyalty.earning.facts import NOBODY_SPECIAL, Basket, Rule, Standing
from profiles.models import Brand

# (brand, (account, moment) pairs) -> the tier's key of each pair, "" for none
TierLookup = Callable[[Brand, Sequence[tuple[int, datetime]]], Sequence[str]]
# (segment, accounts, moment) -> those of the accounts that were in it
SegmentLookup = Callable[[int, Collection[int], datetime], Collection[int]]

_lookups: dict[str, Callable[..., object]] = {}


def register_tier_lookup(lookup: TierLookup) -> None:
    """Ask this function which tier accounts had at a moment."""
    _lookups["tier"] = lookup


def register_segment_lookup(lookup: SegmentLookup) -> None:
    """Ask this function which accounts are in a segment."""
    _lookups["segment"] = lookup


def standings(brand: Brand, baskets: Sequence[Basket], rules: Collection[Rule]) -> list[Standing]:
    """What each basket's account was at its moment, as far as the rules ask.

    A tier is that of the moment; a segment is asked for as of the beginning of the basket's day
    in the brand's zone, so that a day's baskets find one answer in whatever batches they come.
    """
    segments = {rule.segment for rule in rules if rule.segment is not None}
    tiers = any(rule.tiers for rule in rules)
    if not (segments or tiers):
        return [NOBODY_SPECIAL] * len(baskets)
    keys = _tiers(brand, baskets) if tiers else [""] * len(baskets)
    within = {segment: _within(segment, baskets) for segment in segments}
    return [
        Standing(key, frozenset(s for s, inside in within.items() if inside[index]))
        for index, key in enumerate(keys)
    ]


def _tiers(brand: Brand, baskets: Sequence[Basket]) -> Sequence[str]:
    lookup: TierLookup | None = _lookups.get("tier")  # type: ignore[assignment]
    if lookup is None:
        return [""] * len(baskets)
    return lookup(brand, [(basket.account, basket.at) for basket in baskets])


def _within(segment: int, baskets: Sequence[Basket]) -> list[bool]:
    lookup: SegmentLookup | None = _lookups.get("segment")  # type: ignore[assignment]
    if lookup is None:
        return [False] * len(baskets)
    accounts: defaultdict[datetime, set[int]] = defaultdict(set)
    for basket in baskets:
        accounts[_day(basket)].add(basket.account)
    inside: Mapping[datetime, Collection[int]] = {
        day: set(lookup(segment, there, day)) for day, there in accounts.items()
    }
    return [basket.account in inside[_day(basket)] for basket in baskets]


def _day(basket: Basket) -> datetime:
    return datetime.combine(basket.local.date(), time(), basket.local.tzinfo)
