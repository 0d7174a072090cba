"""What offers give on a basket: pure arithmetic in minor units, the same at quoting and at using.

Offers are applied in their stacking order, then by number, whatever order they came in. Each sees
what the ones before it left of every line, so that no line and no basket falls below zero and a
piece that was given away is not discounted again. An offer that does not combine gives only when
nothing was given before it, and nothing is given after it. Rounding is always down.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loyalty.models import Offer, RefusalReason


@dataclass(frozen=True)
class Line:
    """So many pieces of one article, and what they cost together before vouchers."""

    sku: str
    quantity: int
    amount_minor: int
    category: str = ""
    department: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for what is no sale: nothing, or less."""
        if self.quantity < 1 or self.amount_minor < 0:
            raise ValueError("A line has at least one piece and costs no less than nothing.")


@dataclass(frozen=True)
class Basket:
    """What lies on the counter."""

    currency: str
    lines: tuple[Line, ...]

    @property
    def total_minor(self) -> int:
        """What it costs before vouchers."""
        return sum(line.amount_minor for line in self.lines)


@dataclass(frozen=True)
class Scope:
    """Articles by number, category or department."""

    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()

    def holds(self, line: Line) -> bool:
        """Whether the line's article belongs to it."""
        return (
            line.sku in self.skus
            or line.category in self.categories
            or line.department in self.departments
        )


EVERYTHING = Scope()


@dataclass(frozen=True)
class Terms:
    """An offer as arithmetic sees it. ``included`` without any article means all of them."""

    offer_id: int
    kind: str
    currency: str
    amount_minor: int = 0
    percent: int = 0
    max_discount_minor: int | None = None
    minimum_minor: int = 0
    combines: bool = True
    stacking_order: int = 100
    included: Scope = EVERYTHING
    excluded: Scope = EVERYTHING

    def count_for(self, line: Line) -> bool:
        """Whether the offer counts for this line."""
        wanted = self.included == EVERYTHING or self.included.holds(line)
        return wanted and not self.excluded.holds(line)


@dataclass(frozen=True)
class Discount:
    """What one offer gives: in all, and of each line of the basket; or what speaks against it."""

    terms: Terms
    minor: int
    by_line: tuple[int, ...]
    against: RefusalReason | None = None


@dataclass
class _Left:
    """What earlier offers left of a line."""

    amount: int
    pieces: int

    @property
    def piece(self) -> int:
        """What one of the pieces costs now, rounded down."""
        return self.amount // self.pieces if self.pieces else 0


def discounts_of(offers: Iterable[Terms], basket: Basket) -> tuple[Discount, ...]:
    """Return what each offer gives on the basket, in the order in which they are applied."""
    left = [_Left(line.amount_minor, line.quantity) for line in basket.lines]
    given: list[Discount] = []
    for terms in sorted(offers, key=lambda terms: (terms.stacking_order, terms.offer_id)):
        giving = [one for one in given if one.minor]
        alone = not terms.combines or any(not one.terms.combines for one in giving)
        against = RefusalReason.NOT_COMBINABLE if giving and alone else None
        given.append(_give(terms, basket, left, against or _against(terms, basket)))
    return tuple(given)


def _against(terms: Terms, basket: Basket) -> RefusalReason | None:
    if terms.currency != basket.currency:
        return RefusalReason.OTHER_CURRENCY
    if basket.total_minor < terms.minimum_minor:
        return RefusalReason.MINIMUM_BASKET
    return None


def _give(
    terms: Terms, basket: Basket, left: Sequence[_Left], against: RefusalReason | None
) -> Discount:
    shares = [0] * len(left)
    counting = [
        place
        for place, line in enumerate(basket.lines)
        if terms.count_for(line) and left[place].amount and left[place].pieces
    ]
    if against is None and not counting:
        against = RefusalReason.NO_MATCHING_PRODUCT
    if against is None:
        give = _give_a_piece if terms.kind == Offer.Kind.FREE else _give_money
        give(terms, left, counting, shares)
    return Discount(terms, sum(shares), tuple(shares), against)


def _give_a_piece(
    _terms: Terms, left: Sequence[_Left], counting: Sequence[int], shares: list[int]
) -> None:
    """Give the cheapest piece away; of equals the first one."""
    place = min(counting, key=lambda place: left[place].piece)
    shares[place] = left[place].piece
    left[place].amount -= shares[place]
    left[place].pieces -= 1


def _give_money(
    terms: Terms, left: Sequence[_Left], counting: Sequence[int], shares: list[int]
) -> None:
    """Spread an amount over the lines by what they cost; the shares sum to it exactly."""
    total = sum(left[place].amount for place in counting)
    minor, so_far, spread = _worth(terms, total), 0, 0
    for place in counting:
        so_far += left[place].amount
        shares[place] = minor * so_far // total - spread
        spread += shares[place]
    for place in counting:
        left[place].amount -= shares[place]


def _worth(terms: Terms, total: int) -> int:
    if terms.kind == Offer.Kind.AMOUNT:
        return min(terms.amount_minor, total)
    minor = total * terms.percent // 100
    return minor if terms.max_discount_minor is None else min(minor, terms.max_discount_minor)
