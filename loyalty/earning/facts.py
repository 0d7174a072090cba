"""What earning is worked out from, and what comes out: plain values, no tables.

Points are whole, amounts are in minor units of the brand's currency, moments are aware.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import NamedTuple

EVERYTHING: frozenset[str] = frozenset()


class Article(NamedTuple):
    """What rules ask of a product; a line without a known product has an empty one."""

    sku: str = ""
    department: str = ""
    category: str = ""
    label: str = ""


class Line(NamedTuple):
    """One line of a basket; ``product`` is the product's number, None when it is not known."""

    position: int
    product: int | None
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class Basket:
    """A purchase: whose, when (also in the brand's zone), where, and its lines."""

    account: int
    at: datetime
    local: datetime
    store: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account was when it bought: its tier's key, and the segments it was in."""

    tier: str = ""
    segments: frozenset[int] = frozenset()


NOBODY_SPECIAL = Standing()


@dataclass(frozen=True)
class Scope:
    """Articles named by number, department, category or label."""

    skus: frozenset[str] = EVERYTHING
    departments: frozenset[str] = EVERYTHING
    categories: frozenset[str] = EVERYTHING
    labels: frozenset[str] = EVERYTHING

    def names(self, article: Article) -> bool:
        """Whether one of the lists names the article."""
        return (
            article.sku in self.skus
            or article.department in self.departments
            or article.category in self.categories
            or article.label in self.labels
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is named at all."""
        return not (self.skus or self.departments or self.categories or self.labels)


@dataclass(frozen=True)
class Caps:
    """The most points that a family pays; None is without limit."""

    purchase: int | None = None
    day: int | None = None
    account: int | None = None
    budget: int | None = None

    @property
    def need_history(self) -> bool:
        """Whether what was paid before matters."""
        return not (self.day is None and self.account is None and self.budget is None)


@dataclass(frozen=True)
class Lasting:
    """When points come and go; ``ends_with`` is "", "month", "quarter" or "year"."""

    pending_days: int = 0
    valid_days: int | None = None
    ends_with: str = ""


@dataclass(frozen=True)
class Rule:
    """One version of a rule. ``kind`` is that of EarnRule; ``extra_percent`` of multipliers."""

    pk: int
    family: str
    kind: str
    points: int
    per_minor: int
    extra_percent: int
    valid_from: datetime
    valid_until: datetime | None = None
    qualifies: bool = True
    only: Scope = field(default_factory=Scope)
    never: Scope = field(default_factory=Scope)
    min_basket: int = 0
    stores: frozenset[str] = EVERYTHING
    weekdays: frozenset[int] = frozenset()
    hour_from: time | None = None
    hour_until: time | None = None
    date_from: date | None = None
    date_until: date | None = None
    tiers: frozenset[str] = EVERYTHING
    segment: int | None = None
    caps: Caps = field(default_factory=Caps)
    lasting: Lasting = field(default_factory=Lasting)

    def counts(self, article: Article) -> bool:
        """Whether a line of this article counts."""
        if not self.never.is_empty and self.never.names(article):
            return False
        return self.only.is_empty or self.only.names(article)

    @property
    def is_for_all(self) -> bool:
        """Whether every line counts, whatever it is."""
        return self.only.is_empty and self.never.is_empty


class Award(NamedTuple):
    """What one rule pays for one basket, and each line's part of it."""

    rule: Rule
    points: int
    shares: tuple[tuple[int, int], ...]
