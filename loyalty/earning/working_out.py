"""What a basket earns: the one arithmetic of single purchases, batches, history and dry runs.

Every rule pays for itself, rounded down once over the sum of the lines that count; the lines get
their shares by largest remainder (Hamilton's method), so shares sum to the points exactly.

* Points per amount: ``sum of the amounts × points // per_minor``.
* Points per piece, per line (that is, per article) or per basket: a fixed number each time.
* A multiplier pays extra: its factor less one, times the points per amount that the matching
  lines have just earned, as far as caps let them. Several multipliers add their extras up: ×2 and
  ×3 together pay ×4. What is fixed is never multiplied.

A smallest basket looks at everything that was paid, excluded articles too. Lines of nothing or
less earn nothing by amount. Caps cut the points first, then the shares are drawn. What a return
takes back later does not open a cap again.

Pure: it asks nobody, and changes only the ``Paid`` it is given.
"""

from collections.abc import Mapping, Sequence
from datetime import time

from loyalty.earning.facts import Article, Award, Basket, Line, Rule, Standing
from loyalty.earning.paid import Paid

Shares = tuple[tuple[int, int], ...]
NO_ARTICLE = Article()


class Matches:
    """Which rules count which product; worked out once per product and kept."""

    def __init__(self, rules: Sequence[Rule], articles: dict[int, Article]) -> None:
        self.articles = articles
        self._choosy = [rule for rule in rules if not rule.is_for_all]
        self._known: dict[int | None, frozenset[int]] = {}

    def lines(self, rule: Rule, basket: Basket) -> Sequence[Line]:
        """The basket's lines that count for the rule."""
        if rule.is_for_all:
            return basket.lines
        known, pk = self._known, rule.pk
        found = []
        for line in basket.lines:
            rules = known.get(line.product)
            if rules is None:
                rules = self._learn(line.product)
            if pk in rules:
                found.append(line)
        return found

    def _learn(self, product: int | None) -> frozenset[int]:
        article = NO_ARTICLE if product is None else self.articles.get(product, NO_ARTICLE)
        rules = frozenset(rule.pk for rule in self._choosy if rule.counts(article))
        self._known[product] = rules
        return rules


def work_out(
    basket: Basket, rules: Sequence[Rule], standing: Standing, matches: Matches, paid: Paid
) -> list[Award]:
    """What the basket earns by the rules of its moment; ``paid`` learns of it.

    ``rules`` are one version of each family, multipliers last.
    """
    awards: list[Award] = []
    earned: dict[int, int] = {}  # points per amount, by line
    for rule in rules:
        if not applies(rule, basket, standing):
            continue
        weights = _weights(rule, matches.lines(rule, basket), earned)
        total = sum(weights.values())
        points = paid.within_caps(rule, basket, _points(rule, total))
        if not points:
            continue
        award = Award(rule, points, shares(points, weights, total))
        awards.append(award)
        paid.add(rule, basket, points)
        if rule.kind == "per_amount":
            for position, share in award.shares:
                earned[position] = earned.get(position, 0) + share
    return awards


def applies(rule: Rule, basket: Basket, standing: Standing) -> bool:
    """Whether the rule counts for this basket at all, whatever lines it has."""
    return (
        (not rule.min_basket or sum(line.amount for line in basket.lines) >= rule.min_basket)
        and (not rule.stores or basket.store in rule.stores)
        and (not rule.tiers or standing.tier in rule.tiers)
        and (rule.segment is None or rule.segment in standing.segments)
        and _is_time(rule, basket)
    )


def shares(points: int, weights: Mapping[int, int], total: int) -> Shares:
    """Split points over lines by weight, largest remainder first; ties go to earlier lines."""
    if len(weights) == 1:
        return tuple((position, points) for position in weights)
    whole = {position: divmod(points * weight, total) for position, weight in weights.items()}
    left = points - sum(quotient for quotient, _rest in whole.values())
    lucky: set[int] = set()
    if left:
        lucky = set(sorted(whole, key=lambda position: -whole[position][1])[:left])
    parts = ((position, q + (position in lucky)) for position, (q, _rest) in whole.items())
    return tuple(part for part in parts if part[1])


def _weights(rule: Rule, lines: Sequence[Line], earned: Mapping[int, int]) -> dict[int, int]:
    """By what the lines share, by position; lines that bring nothing are left out."""
    kind = rule.kind
    if kind == "multiplier":
        return {p: earned[p] for p, _product, _pieces, _amount in lines if p in earned}
    if kind == "per_piece":
        return {line.position: line.quantity for line in lines if line.quantity > 0}
    if kind == "per_line":
        return {line.position: 1 for line in lines if line.quantity > 0}
    if kind == "per_amount":
        return {p: amount for p, _product, _pieces, amount in lines if amount > 0}
    paid_for = {line.position: line.amount for line in lines if line.amount > 0}
    return paid_for or {line.position: 1 for line in lines if line.quantity > 0}


def _points(rule: Rule, total: int) -> int:
    """Whole points for the sum of the weights, before caps."""
    if rule.kind == "per_amount":
        return total * rule.points // rule.per_minor
    if rule.kind == "multiplier":
        return total * rule.extra_percent // 100
    if rule.kind == "per_basket":
        return rule.points if total else 0
    return total * rule.points


def _is_time(rule: Rule, basket: Basket) -> bool:
    """Whether the brand's calendar and clock are within the rule's."""
    local = basket.local
    if rule.weekdays and local.isoweekday() not in rule.weekdays:
        return False
    if rule.date_from and local.date() < rule.date_from:
        return False
    if rule.date_until and local.date() > rule.date_until:
        return False
    return _is_hour(local.time(), rule.hour_from, rule.hour_until)


def _is_hour(now: time, since: time | None, until: time | None) -> bool:
    """Whether it is between the hours; a span may pass midnight."""
    if since and until and since > until:
        return now >= since or now < until
    return (since is None or now >= since) and (until is None or now < until)
