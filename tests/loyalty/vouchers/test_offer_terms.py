"""Offers as staff write them: articles, categories and departments, and their exclusions."""

import pytest
from django.db import IntegrityError, transaction

from loyalty.models import Offer, OfferProduct, OfferScope, Product, RefusalReason
from loyalty.offer_terms import basket_of, quote
from profiles.models import Member
from tests import cast
from tests.loyalty.vouchers.given import given, refusal, use

BOUGHT = [("4711", 1, 1_000), ("4712", 2, 400), ("unheard-of", 1, 100)]


@pytest.fixture
def manchego(club: cast.Club) -> Product:
    """The Manchego, a cheese."""
    Product.objects.filter(sku="4711").update(category="Cheese")
    return Product.objects.get(sku="4711")


def _worth(offer: Offer, club: cast.Club) -> int:
    return quote([offer], basket_of(club.brand, "EUR", BOUGHT))[0].minor


def test_an_offer_without_articles_counts_for_the_whole_basket(club: cast.Club) -> None:
    assert _worth(cast.offer(club, kind="percent", percent=10), club) == 150


def test_articles_and_categories_add_up(club: cast.Club, manchego: Product) -> None:
    offer = cast.offer(club, kind="percent", percent=10)
    OfferScope.objects.create(offer=offer, category="Cheese")
    assert _worth(offer, club) == 100
    OfferProduct.objects.create(offer=offer, product=Product.objects.get(sku="4712"))
    assert _worth(offer, club) == 140


def test_an_excluded_article_of_a_department_does_not_count(
    club: cast.Club, manchego: Product
) -> None:
    offer = cast.offer(club, kind="percent", percent=10)
    OfferScope.objects.create(offer=offer, department="FOOD")
    OfferScope.objects.create(offer=offer, product=manchego, is_excluded=True)
    assert _worth(offer, club) == 40


def test_a_scope_names_exactly_one_thing(club: cast.Club, manchego: Product) -> None:
    offer = cast.offer(club)
    for facts in ({}, {"category": "a", "department": "b"}, {"category": "a", "product": manchego}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OfferScope.objects.create(offer=offer, **facts)


def test_limits_and_caps_that_make_no_sense_are_refused(club: cast.Club) -> None:
    for number, facts in enumerate(
        ({"overall_limit": 0}, {"per_member_limit": 0}, {"max_discount_minor": 5})
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            cast.offer(club, f"offer-{number}", **facts)


def test_the_basket_decides_what_a_use_is_worth(club: cast.Club, gloria: Member) -> None:
    voucher = given(cast.offer(club, kind="percent", percent=20), gloria)
    made = use(voucher, basket=basket_of(club.brand, "EUR", BOUGHT), value_minor=1)
    assert made.value_minor == 300


def test_without_lines_the_till_says_what_it_gave(club: cast.Club, gloria: Member) -> None:
    voucher = given(cast.offer(club, kind="percent", percent=20), gloria)
    assert use(voucher, value_minor=123).value_minor == 123


def test_a_basket_that_does_not_meet_the_terms_is_refused(club: cast.Club, gloria: Member) -> None:
    voucher = given(cast.offer(club, minimum_minor=5_000), gloria)
    basket = basket_of(club.brand, "EUR", BOUGHT)
    assert refusal(use, voucher, basket=basket) == RefusalReason.MINIMUM_BASKET
    dollars = basket_of(club.brand, "USD", BOUGHT)
    assert refusal(use, voucher, basket=dollars) == RefusalReason.OTHER_CURRENCY
    voucher.refresh_from_db()
    assert voucher.uses == 0


def test_nothing_is_sold_by_less_than_a_piece_or_below_zero(club: cast.Club) -> None:
    for line in (("4711", 0, 100), ("4711", 1, -1)):
        with pytest.raises(ValueError, match="at least one piece"):
            basket_of(club.brand, "EUR", [line])
