"""Purchases earn points by the rules of their day: one at a time, in batches, or a whole history.

``working_out`` is the arithmetic, the same for all of them and for the dry run of a rule. A
purchase in another currency than its brand's earns nothing: sums never mix currencies.
"""

from loyalty.earning.booking import awards_of, earn, earn_batch, earn_in_bulk
from loyalty.earning.standing import register_segment_lookup, register_tier_lookup

__all__ = [
    "awards_of",
    "earn",
    "earn_batch",
    "earn_in_bulk",
    "register_segment_lookup",
    "register_tier_lookup",
]
