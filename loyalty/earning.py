"""Purchases earn points by the rule of their day: one at a time, or a whole history at once.

A purchase in another currency than its brand's earns nothing: sums never mix currencies.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from loyalty import ledger
from loyalty.bulk_earning import earn_in_bulk
from loyalty.earn_rules import EARNING_KEY, EARNING_SOURCE, rule_at
from loyalty.models import EarnRule, Entry, Purchase

__all__ = ["earn", "earn_in_bulk", "points_for"]


def points_for(purchase: Purchase, rule: EarnRule) -> int:
    """Return the whole points a purchase earns by a rule; nothing below zero."""
    if purchase.currency != purchase.brand.currency:
        return 0
    return max(0, purchase.total_minor * rule.points // rule.per_minor)


def earn(purchase: Purchase, now: datetime | None = None) -> Entry | None:
    """Book what a purchase earns by the rule of its day; None when that is nothing."""
    rules = list(EarnRule.objects.filter(brand=purchase.brand))
    rule = rule_at(rules, purchase.occurred_at)
    points = points_for(purchase, rule) if rule else 0
    if rule is None or not points:
        return None
    return ledger.earn(
        purchase.account,
        points,
        EARNING_SOURCE,
        f"{EARNING_KEY}{purchase.pk}",
        occurred_at=purchase.occurred_at,
        available_at=purchase.occurred_at + timedelta(days=rule.pending_days),
        expires_at=_end(purchase.occurred_at, rule),
        purchase=purchase,
        now=now or timezone.now(),
    )


def _end(moment: datetime, rule: EarnRule) -> datetime | None:
    return None if rule.valid_days is None else moment + timedelta(days=rule.valid_days)
