"""The versions of a brand's rules as plain values, and which of them count when."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime

from loyalty.earning.facts import Caps, Lasting, Rule, Scope
from loyalty.models import EarnRule
from profiles.models import Brand


class Rulebook:
    """The versions of a brand's rules, ready to be asked for those of any moment."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = sorted(rules, key=lambda rule: (rule.valid_from, rule.pk))
        ends = {rule.valid_until for rule in self.rules if rule.valid_until}
        self._edges = sorted({rule.valid_from for rule in self.rules} | ends)
        self._counting = [self._begun(edge) for edge in self._edges]

    @classmethod
    def of(cls, brand: Brand) -> "Rulebook":
        """The brand's rules as they are now."""
        return cls(frozen(rule) for rule in EarnRule.objects.filter(brand=brand))

    def at(self, moment: datetime) -> Sequence[Rule]:
        """The version of each family that counts at that moment, multipliers last."""
        index = bisect_right(self._edges, moment)
        return self._counting[index - 1] if index else ()

    def _begun(self, moment: datetime) -> Sequence[Rule]:
        youngest = {rule.family: rule for rule in self.rules if rule.valid_from <= moment}
        counting = (
            rule
            for rule in youngest.values()
            if rule.valid_until is None or moment < rule.valid_until
        )
        return tuple(sorted(counting, key=lambda rule: (rule.kind == "multiplier", rule.pk)))


def frozen(rule: EarnRule) -> Rule:
    """The rule as a plain value; an unsaved one has the number 0."""
    return Rule(
        pk=rule.pk or 0,
        family=rule.family,
        kind=rule.kind,
        points=rule.points,
        per_minor=rule.per_minor,
        extra_percent=rule.factor_percent - 100,
        valid_from=rule.valid_from,
        valid_until=rule.valid_until,
        qualifies=rule.qualifies,
        only=_scope(rule.skus, rule.departments, rule.categories, rule.labels),
        never=_scope(
            rule.excluded_skus,
            rule.excluded_departments,
            rule.excluded_categories,
            rule.excluded_labels,
        ),
        min_basket=rule.min_basket_minor,
        stores=frozenset(rule.stores),
        weekdays=frozenset(map(int, rule.weekdays)),
        hour_from=rule.hour_from,
        hour_until=rule.hour_until,
        date_from=rule.date_from,
        date_until=rule.date_until,
        tiers=frozenset(rule.tiers),
        segment=rule.segment_id,
        caps=Caps(rule.max_per_purchase, rule.max_per_day, rule.max_per_account, rule.budget),
        lasting=Lasting(rule.pending_days, rule.valid_days, rule.ends_with),
    )


def _scope(
    skus: list[str], departments: list[str], categories: list[str], labels: list[str]
) -> Scope:
    return Scope(frozenset(skus), frozenset(departments), frozenset(categories), frozenset(labels))
