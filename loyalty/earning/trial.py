"""A dry run: what a rule would have cost, had it counted for the purchases of a past span.

It replaces its own family; the brand's other rules count as they did. Purchases stream by once in
the order of their moments, through the arithmetic that books; nothing is written.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db.models import Sum
from django.db.models.functions import TruncMonth

from loyalty.earn_rules import EARNING_SOURCE
from loyalty.earning.baskets import Bought, of_purchases
from loyalty.earning.earner import Earner
from loyalty.earning.facts import Award
from loyalty.earning.paid import Paid
from loyalty.earning.rulebook import Rulebook, frozen
from loyalty.models import EarnRule, Lot, LoyaltyRules
from profiles.models import Account, Brand

BATCH = 2_000


@dataclass
class Month:
    """A month in the brand's zone: the rule's points and baskets, and all rules' really paid."""

    points: int = 0
    baskets: int = 0
    total_points: int = 0
    paid_points: int = 0


@dataclass
class Cost:
    """What a rule would have paid. Money is the worth of the rule's points, in minor units.

    ``total_points`` are those of all rules with this one among them, ``paid_points`` what was
    really paid for the same purchases.
    """

    points: int = 0
    worth_minor: int = 0
    currency: str = ""
    baskets: int = 0
    accounts: int = 0
    total_points: int = 0
    paid_points: int = 0
    months: dict[date, Month] = field(default_factory=dict)

    @property
    def difference(self) -> int:
        """How many more points the club would have paid (negative: fewer)."""
        return self.total_points - self.paid_points


def trial(rule: EarnRule, since: datetime, until: datetime) -> Cost:
    """Work out the cost of a rule, saved or not, over the purchases from since up to until."""
    brand, paid = rule.brand, Paid()
    earner = Earner(brand, _rulebook(rule, since), paid)
    months: defaultdict[date, Month] = defaultdict(Month)
    # A byte for each account, whatever the number of purchases.
    last = Account.objects.filter(brand=brand).order_by("pk").values_list("pk", flat=True).last()
    touched = bytearray((last or 0) + 1)
    for batch in of_purchases(brand, BATCH, since, until):
        for each, awards in earner.earn(batch):
            _count(each, awards, rule.family, earner, months, touched)
        paid.forget_days_before(batch[-1].at.astimezone(earner.zone).date())
    _add_really_paid(brand, earner, since, until, months)
    return _cost(brand, months, sum(touched))


def _rulebook(rule: EarnRule, since: datetime) -> Rulebook:
    others = (one for one in Rulebook.of(rule.brand).rules if one.family != rule.family)
    return Rulebook([*others, replace(frozen(rule), valid_from=since, valid_until=None)])


def _count(
    each: Bought,
    awards: Sequence[Award],
    family: str,
    earner: Earner,
    months: dict[date, Month],
    touched: bytearray,
) -> None:
    if not awards:
        return
    month = months[each.at.astimezone(earner.zone).date().replace(day=1)]
    month.total_points += sum(award.points for award in awards)
    mine = sum(award.points for award in awards if award.rule.family == family)
    if mine:
        month.points += mine
        month.baskets += 1
        touched[each.account] = 1


def _add_really_paid(
    brand: Brand, earner: Earner, since: datetime, until: datetime, months: dict[date, Month]
) -> None:
    lots = Lot.objects.filter(
        entry__source=EARNING_SOURCE,
        entry__purchase__brand=brand,
        entry__purchase__occurred_at__gte=since,
        entry__purchase__occurred_at__lt=until,
    )
    month = TruncMonth("entry__purchase__occurred_at", tzinfo=earner.zone)
    sums = lots.order_by().annotate(month=month).values_list("month")
    for begin, points in sums.annotate(points=Sum("original")):
        months[begin.date()].paid_points += points


def _cost(brand: Brand, months: dict[date, Month], accounts: int) -> Cost:
    points = sum(month.points for month in months.values())
    return Cost(
        points=points,
        worth_minor=LoyaltyRules.of(brand).worth_minor(points),
        currency=brand.currency,
        baskets=sum(month.baskets for month in months.values()),
        accounts=accounts,
        total_points=sum(month.total_points for month in months.values()),
        paid_points=sum(month.paid_points for month in months.values()),
        months=dict(sorted(months.items())),
    )
