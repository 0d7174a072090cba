"""What offers give on a basket: in order, down to the cent, never below zero."""

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.discounts import Basket, Line, Scope, Terms, discounts_of
from loyalty.models import RefusalReason

CHEESE = Line("4711", 2, 1_000, "Cheese", "FOOD")
BREAD = Line("4712", 1, 333, "Bread", "FOOD")
WINE = Line("4713", 1, 999, "Wine", "DRINK")
BASKET = Basket("EUR", (CHEESE, BREAD, WINE))


def _amount(minor: int, number: int = 1, **facts: object) -> Terms:
    return Terms(number, "amount", "EUR", amount_minor=minor, **facts)  # type: ignore[arg-type]


def _percent(percent: int, number: int = 2, **facts: object) -> Terms:
    return Terms(number, "percent", "EUR", percent=percent, **facts)  # type: ignore[arg-type]


def _free(number: int = 3, **facts: object) -> Terms:
    return Terms(number, "free", "EUR", **facts)  # type: ignore[arg-type]


def _minor(*offers: Terms, basket: Basket = BASKET) -> list[int]:
    return [discount.minor for discount in discounts_of(offers, basket)]


def test_an_amount_is_taken_off_and_never_more_than_the_basket() -> None:
    assert _minor(_amount(200)) == [200]
    assert _minor(_amount(9_999)) == [BASKET.total_minor]


def test_an_amount_is_spread_over_the_lines_without_losing_a_cent() -> None:
    (discount,) = discounts_of([_amount(200)], BASKET)
    assert discount.by_line == (85, 29, 86)


def test_a_percentage_is_rounded_down() -> None:
    only = Basket("EUR", (BREAD,))
    assert _minor(_percent(50), basket=only) == [166]


def test_a_percentage_stops_at_its_greatest_discount() -> None:
    assert _minor(_percent(50, max_discount_minor=300)) == [300]


def test_the_cheapest_matching_piece_is_free() -> None:
    food = Scope(departments=frozenset({"FOOD"}))
    assert _minor(_free(included=food)) == [333]
    assert _minor(_free(included=Scope(skus=frozenset({"4711"})))) == [500]


def test_categories_and_exclusions_say_what_counts() -> None:
    food = Scope(departments=frozenset({"FOOD"}))
    no_bread = Scope(categories=frozenset({"Bread"}))
    assert _minor(_percent(10, included=food)) == [133]
    assert _minor(_percent(10, included=food, excluded=no_bread)) == [100]
    assert _minor(_percent(10, excluded=no_bread)) == [199]


def test_what_speaks_against_an_offer_is_told() -> None:
    def against(terms: Terms) -> RefusalReason | None:
        return discounts_of([terms], BASKET)[0].against

    assert against(_amount(100, minimum_minor=2_332)) is None
    assert against(_amount(100, minimum_minor=2_333)) == RefusalReason.MINIMUM_BASKET
    nothing = Scope(categories=frozenset({"Fish"}))
    assert against(_amount(100, included=nothing)) == RefusalReason.NO_MATCHING_PRODUCT
    dollars = Terms(1, "amount", "USD", amount_minor=100)
    assert against(dollars) == RefusalReason.OTHER_CURRENCY


def test_an_article_without_a_category_belongs_to_none() -> None:
    unknown = Basket("EUR", (Line("?", 1, 500),))
    assert _minor(_percent(10, included=Scope(skus=frozenset({"4711"}))), basket=unknown) == [0]
    assert _minor(_percent(10, excluded=Scope(departments=frozenset({"FOOD"}))), basket=unknown)


def test_the_next_offer_sees_what_the_one_before_left() -> None:
    first = _amount(332, stacking_order=1)
    assert _minor(_percent(50, stacking_order=2), first) == [332, 1_000]


def test_a_piece_that_was_given_away_is_not_given_again() -> None:
    bread = Scope(skus=frozenset({"4712"}))
    gifts = discounts_of([_free(1, included=bread), _free(2, included=bread)], BASKET)
    assert [gift.minor for gift in gifts] == [333, 0]
    assert gifts[1].against == RefusalReason.NO_MATCHING_PRODUCT


def test_two_gifts_take_two_pieces() -> None:
    cheese = Scope(skus=frozenset({"4711"}))
    assert _minor(_free(1, included=cheese), _free(2, included=cheese)) == [500, 500]


def test_an_offer_that_does_not_combine_counts_alone() -> None:
    alone, other = _amount(100, 1, combines=False), _amount(300, 2)
    gifts = discounts_of([alone, other], BASKET)
    assert [gift.minor for gift in gifts] == [100, 0]
    assert gifts[1].against == RefusalReason.NOT_COMBINABLE
    last = _amount(100, 3, combines=False)
    assert _minor(last, other) == [300, 0]


def test_an_exclusive_offer_that_gives_nothing_stands_in_nobodys_way() -> None:
    fish = Scope(categories=frozenset({"Fish"}))
    assert _minor(_amount(100, 1, combines=False, included=fish), _amount(300, 2)) == [0, 300]


LINES = st.builds(
    Line,
    sku=st.sampled_from(["1", "2", "3"]),
    quantity=st.integers(1, 5),
    amount_minor=st.integers(0, 5_000),
    category=st.sampled_from(["", "a", "b"]),
    department=st.sampled_from(["", "x"]),
)
SCOPES = st.builds(
    Scope,
    skus=st.frozensets(st.sampled_from(["1", "2"])),
    categories=st.frozensets(st.sampled_from(["a", "b"]), max_size=1),
    departments=st.frozensets(st.sampled_from(["x"]), max_size=1),
)
TERMS = st.builds(
    Terms,
    offer_id=st.just(0),
    kind=st.sampled_from(["amount", "percent", "free"]),
    currency=st.just("EUR"),
    amount_minor=st.integers(1, 20_000),
    percent=st.integers(1, 100),
    max_discount_minor=st.none() | st.integers(1, 2_000),
    minimum_minor=st.integers(0, 5_000),
    combines=st.booleans(),
    stacking_order=st.integers(0, 3),
    included=SCOPES,
    excluded=SCOPES,
)


@settings(max_examples=400, deadline=None)
@given(st.lists(TERMS, max_size=4), st.lists(LINES, max_size=6))
def test_no_set_of_offers_gives_more_than_there_is(offers: list[Terms], lines: list[Line]) -> None:
    numbered = [Terms(**{**terms.__dict__, "offer_id": n}) for n, terms in enumerate(offers)]
    basket = Basket("EUR", tuple(lines))
    discounts = discounts_of(numbered, basket)
    for discount in discounts:
        assert discount.minor == sum(discount.by_line)
        assert all(share >= 0 for share in discount.by_line)
        assert not (discount.against and discount.minor)
    for place, line in enumerate(basket.lines):
        assert sum(discount.by_line[place] for discount in discounts) <= line.amount_minor
    for mixed in permutations(numbered):
        assert discounts_of(mixed, basket) == discounts
