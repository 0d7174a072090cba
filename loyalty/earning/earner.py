"""One brand's rules at work on its purchases, batch after batch."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from django.db.models import F

from loyalty.bulk import Among
from loyalty.earning.baskets import Bought
from loyalty.earning.caps import paid_so_far
from loyalty.earning.facts import Article, Award, Basket
from loyalty.earning.paid import Paid
from loyalty.earning.rulebook import Rulebook
from loyalty.earning.standing import standings
from loyalty.earning.working_out import Matches, work_out
from loyalty.models import Product
from profiles.models import Brand
from profiles.time_zones import zone_named


class Earner:
    """Works out what baskets earn; remembers articles and which rules count them.

    ``paid`` is what a dry run starts from; None reads what was paid under caps for each batch.
    ``articles`` are those that are known already; others are looked up.
    """

    def __init__(
        self,
        brand: Brand,
        rulebook: Rulebook | None = None,
        paid: Paid | None = None,
        articles: dict[int, Article] | None = None,
    ) -> None:
        self.brand = brand
        self.rulebook = rulebook or Rulebook.of(brand)
        self.zone: ZoneInfo = zone_named(brand.time_zone)
        self._paid = paid
        self._choosy = any(not rule.is_for_all for rule in self.rulebook.rules)
        self._matches = Matches(self.rulebook.rules, articles or {})

    def earn(self, purchases: Sequence[Bought]) -> Iterator[tuple[Bought, list[Award]]]:
        """What each earns, in the order given; it should be that of their moments."""
        baskets = [self._basket(each) for each in purchases]
        if self._choosy:
            self._learn_articles(purchases)
        paid = self._paid or paid_so_far(self.brand, self.rulebook, baskets)
        known = standings(self.brand, baskets, self.rulebook.rules)
        for each, basket, standing in zip(purchases, baskets, known, strict=True):
            rules = self.rulebook.at(basket.at)
            yield each, work_out(basket, rules, standing, self._matches, paid) if rules else []

    def _basket(self, each: Bought) -> Basket:
        return Basket(each.account, each.at, each.at.astimezone(self.zone), each.store, each.lines)

    def _learn_articles(self, purchases: Sequence[Bought]) -> None:
        known = self._matches.articles
        asked = {line.product for each in purchases for line in each.lines}
        unknown = [pk for pk in asked if pk is not None and pk not in known]
        if not unknown:
            return
        rows = Product.objects.filter(Among(F("pk"), unknown))
        for pk, *facts in rows.values_list("pk", "sku", "department", "category", "label"):
            known[pk] = Article(*facts)
