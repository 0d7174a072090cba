"""Rules that would pay without limit or absurdly, each told by what a basket would earn.

Amounts are in minor units of the brand's currency. Imports no table: the tables ask it.
"""

from datetime import datetime
from typing import Any, Protocol

from django.utils.translation import gettext as _

SAMPLE_MINOR = 5_000  # a basket of 50.00
PIECES = 100  # what a basket may hold of an article
LASTING_FACTOR = 500  # a factor above five needs an end or a cap


class Worth(Protocol):
    """What the brand says its points are worth."""

    brand: Any
    highest_rate_percent: Any
    biggest_bonus_minor: Any

    def worth_minor(self, points: int) -> int:
        """The worth of so many points."""


class Ending(Protocol):
    """What tells when points come and go."""

    pending_days: Any
    valid_days: Any
    valid_from: Any
    valid_until: Any


def absurdities(rule: Any, worth: Worth, base: tuple[int, int]) -> list[str]:
    """Why the rule must not be saved; ``base`` is the brand's points per so many cents."""
    problems = spans(rule)
    if not rule.points or not rule.per_minor:
        return [*problems, _("A rule has to pay something, for something.")]
    checks = {
        "per_amount": _rate,
        "multiplier": _multiplier,
        "per_basket": _basket,
        "per_line": _pieces,
        "per_piece": _pieces,
    }
    return [*problems, *checks[rule.kind](rule, worth, base)]


def bonus_absurdities(rule: Any, worth: Worth) -> list[str]:
    """Why the bonus must not be saved."""
    problems = spans(rule)
    if (rule.occasion == "answer") != (rule.question_id is not None):
        problems.append(_("Name a question for the bonus that answers earn, and only for it."))
    if worth.worth_minor(rule.points) > worth.biggest_bonus_minor:
        told = _("Every member would get %(points)s points, worth %(money)s.")
        problems.append(told % _figures(rule.points, worth))
    return problems


def spans(rule: Ending) -> list[str]:
    """Why the rule's times cannot be right."""
    problems = []
    if rule.valid_days is not None and rule.valid_days <= rule.pending_days:
        told = _("Points would end after %(valid)s days, before they can be spent (%(pending)s).")
        problems.append(told % {"valid": rule.valid_days, "pending": rule.pending_days})
    begin, end = rule.valid_from, rule.valid_until
    if isinstance(begin, datetime) and isinstance(end, datetime) and end <= begin:
        problems.append(_("The rule would end before it begins."))
    return problems


def _rate(rule: Any, worth: Worth, _base: tuple[int, int]) -> list[str]:
    return _too_much(SAMPLE_MINOR, SAMPLE_MINOR * rule.points // rule.per_minor, rule, worth)


def _multiplier(rule: Any, worth: Worth, base: tuple[int, int]) -> list[str]:
    if rule.factor_percent <= 100:
        return [_("A multiplier has to be more than 100 per cent.")]
    points = SAMPLE_MINOR * base[0] // base[1] * rule.factor_percent // 100
    problems = _too_much(SAMPLE_MINOR, points, rule, worth)
    if not problems and rule.factor_percent > LASTING_FACTOR and not _ends(rule):
        problems.append(_("A factor above five needs an end, or a most that it pays."))
    return problems


def _basket(rule: Any, worth: Worth, _base: tuple[int, int]) -> list[str]:
    """Points for any basket: a cent earns them as often as somebody buys for a cent."""
    if worth.worth_minor(rule.points) > worth.biggest_bonus_minor:
        return [_example(max(rule.min_basket_minor, 1), rule.points, worth)]
    if rule.max_per_day or rule.max_per_account or rule.budget:
        return []
    return _too_much(max(rule.min_basket_minor, 1), rule.points, rule, worth)


def _pieces(rule: Any, worth: Worth, _base: tuple[int, int]) -> list[str]:
    points = _capped(PIECES * rule.points, rule)
    if worth.worth_minor(points) <= worth.biggest_bonus_minor:
        return []
    told = _("A basket of %(pieces)s pieces would earn %(points)s points, worth %(money)s.")
    return [told % {"pieces": PIECES, **_figures(points, worth)}]


def _too_much(amount: int, points: int, rule: Any, worth: Worth) -> list[str]:
    points = _capped(points, rule)
    if worth.worth_minor(points) * 100 <= amount * worth.highest_rate_percent:
        return []
    return [_example(amount, points, worth)]


def _example(amount: int, points: int, worth: Worth) -> str:
    told = _("A basket of %(amount)s would earn %(points)s points, worth %(money)s.")
    return told % {"amount": _money(amount, worth), **_figures(points, worth)}


def _capped(points: int, rule: Any) -> int:
    caps: tuple[int | None, ...] = (
        rule.max_per_purchase,
        rule.max_per_day,
        rule.max_per_account,
        rule.budget,
    )
    return min([points, *(cap for cap in caps if cap)])


def _ends(rule: Any) -> bool:
    caps = (rule.max_per_purchase, rule.max_per_day, rule.max_per_account, rule.budget)
    return bool(rule.valid_until or rule.date_until or any(caps))


def _figures(points: int, worth: Worth) -> dict[str, str]:
    return {"points": f"{points:,}", "money": _money(worth.worth_minor(points), worth)}


def _money(minor: int, worth: Worth) -> str:
    return f"{minor / 100:,.2f} {worth.brand.currency}"
