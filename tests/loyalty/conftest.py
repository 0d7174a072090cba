"""The corner shop's club with a till, a store, a little catalogue and an earning rule."""

from datetime import UTC, datetime

import pytest

from loyalty import till_keys
from loyalty.models import EarnRule, Product
from profiles.models import Card, Member, Store
from tests import cast


@pytest.fixture
def club(db: None) -> cast.Club:
    """The club; one point for each full euro."""
    club = cast.club()
    start = datetime(2020, 1, 1, tzinfo=UTC)
    EarnRule.objects.create(brand=club.brand, name="A point a euro", valid_from=start)
    for sku, name in (("4711", "Manchego"), ("4712", "Bread")):
        Product.objects.create(brand=club.brand, sku=sku, name=name, department="FOOD")
    return club


@pytest.fixture
def gloria(club: cast.Club) -> Member:
    """A plain regular with a card."""
    member = cast.gloria(club)
    Card.objects.create(account=member.account, member=member, number="2000000000017")
    return member


@pytest.fixture
def corner(club: cast.Club) -> Store:
    """The shop at the corner."""
    return Store.objects.create(brand=club.brand, code="01", name="Corner")


@pytest.fixture
def till(club: cast.Club, corner: Store) -> str:
    """The key of the corner shop's till."""
    _key, plain = till_keys.create(club.brand, "till-1", corner)
    return plain
