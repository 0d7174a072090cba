"""Which earning rule counts when. A change is a new rule: the past keeps that of its day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, ExpressionWrapper, F
from django.db.models.expressions import Combinable

from loyalty.models import EarnRule
from profiles.models import Brand

EARNING_SOURCE = "earning"
# followed by the purchase's number: the idempotency key under which it earns, once
EARNING_KEY = "purchase:"


@dataclass(frozen=True)
class Span:
    """A time in which one rule counts; ``until`` is exclusive, None means from then on."""

    rule: EarnRule
    since: datetime
    until: datetime | None


def rule_at(rules: list[EarnRule], moment: datetime) -> EarnRule | None:
    """Return the youngest of the rules that count at ``moment``, or None."""
    counting = [
        rule
        for rule in rules
        if rule.valid_from <= moment and (rule.valid_until is None or moment < rule.valid_until)
    ]
    return max(counting, key=lambda rule: (rule.valid_from, rule.pk), default=None)


def spans(brand: Brand) -> Iterator[Span]:
    """Split time at every rule's begin and end; yields the pieces in which some rule counts."""
    rules = list(EarnRule.objects.filter(brand=brand))
    begins_and_ends = {rule.valid_from for rule in rules} | {rule.valid_until for rule in rules}
    edges = sorted(edge for edge in begins_and_ends if edge)
    for since, until in zip(edges, [*edges[1:], None], strict=True):
        if rule := rule_at(rules, since):
            yield Span(rule, since, until)


def points_expression(total: str, rule: EarnRule) -> Combinable:
    """The rule's ``floor(total * points / per_minor)`` in SQL; for a total of zero or more."""
    amount = F(total) * rule.points / rule.per_minor
    return ExpressionWrapper(amount, output_field=BigIntegerField())
