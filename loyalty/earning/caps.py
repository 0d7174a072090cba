"""What was paid under caps, read under locks that let only one at a time pay more.

Order of locks: budgets by family, then accounts by number, then (in the ledger) wallets.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta

from django.db.models import F, Sum

from loyalty.earning.facts import Award, Basket, Rule
from loyalty.earning.paid import Paid
from loyalty.earning.rulebook import Rulebook
from loyalty.models import EarnBudget, Lot
from profiles.models import Account, Brand


def lock_caps(brand: Brand, rulebook: Rulebook, accounts: Collection[int]) -> None:
    """Let nobody else pay under the same caps until the transaction ends."""
    capped = [rule for rule in rulebook.rules if rule.caps.need_history]
    if not capped:
        return
    if families := _with_budget(capped):
        _lock_budgets(brand, families)
    rows = Account.objects.select_for_update(no_key=True).filter(pk__in=accounts)
    # Reading them is locking them.
    list(rows.order_by("pk").values_list("pk"))


def paid_so_far(brand: Brand, rulebook: Rulebook, baskets: Sequence[Basket]) -> Paid:
    """What capped families have paid to the baskets' accounts; budgets altogether."""
    paid = Paid()
    capped = [rule for rule in rulebook.rules if rule.caps.need_history]
    if not capped or not baskets:
        return paid
    for family, account, at, points in _lots(brand, capped, baskets):
        day = at.astimezone(baskets[0].local.tzinfo).date()
        paid.by_account[family, account] += points
        paid.by_day[family, account, day] += points
    paid.altogether.update(_budgets(brand, _with_budget(capped)))
    return paid


def book_budgets(brand: Brand, awards: Iterable[Award]) -> None:
    """Count what families with a budget have just paid; their rows are locked."""
    sums: Counter[str] = Counter()
    for award in awards:
        if award.rule.caps.budget is not None:
            sums[award.rule.family] += award.points
    for family, points in sums.items():
        rows = EarnBudget.objects.filter(brand=brand, family=family)
        rows.update(paid=F("paid") + points)


def _with_budget(rules: Iterable[Rule]) -> set[str]:
    return {rule.family for rule in rules if rule.caps.budget is not None}


def _lock_budgets(brand: Brand, families: Collection[str]) -> None:
    """Lock the counters; a new one begins with what the family's versions have paid before."""
    there = _budgets(brand, families)
    EarnBudget.objects.bulk_create(
        [
            EarnBudget(brand=brand, family=family, paid=_paid_before(brand, family))
            for family in sorted(families)
            if family not in there
        ],
        ignore_conflicts=True,
    )
    rows = EarnBudget.objects.select_for_update(no_key=True)
    list(rows.filter(brand=brand, family__in=families).order_by("family").values_list("pk"))


def _budgets(brand: Brand, families: Collection[str]) -> dict[str, int]:
    rows = EarnBudget.objects.filter(brand=brand, family__in=families)
    return dict(rows.values_list("family", "paid"))


def _paid_before(brand: Brand, family: str) -> int:
    lots = Lot.objects.filter(rule__brand=brand, rule__family=family)
    return int(lots.aggregate(points=Sum("original"))["points"] or 0)


def _lots(
    brand: Brand, capped: Sequence[Rule], baskets: Sequence[Basket]
) -> Iterator[tuple[str, int, datetime, int]]:
    families = {r.family for r in capped if r.caps.day is not None or r.caps.account is not None}
    lots = Lot.objects.filter(
        rule__brand=brand,
        rule__family__in=families,
        wallet__account__in={basket.account for basket in baskets},
    )
    if all(rule.caps.account is None for rule in capped):
        first, last = (pick(basket.local for basket in baskets) for pick in (min, max))
        begin = datetime.combine(first.date(), time(), first.tzinfo)
        end = datetime.combine(last.date() + timedelta(days=1), time(), last.tzinfo)
        lots = lots.filter(entry__occurred_at__gte=begin, entry__occurred_at__lt=end)
    fields = ("rule__family", "wallet__account", "entry__occurred_at", "original")
    return lots.values_list(*fields).iterator()
