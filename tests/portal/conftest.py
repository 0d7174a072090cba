"""The cast's club, and its pages where a test needs them."""

import pytest

from portal.club_pages import create_club_pages
from portal.models import HomePage
from tests import cast
from tests.cast import Club


@pytest.fixture
def club(db: None) -> Club:
    """The corner shop's club."""
    return cast.club()


@pytest.fixture
def pages(club: Club) -> HomePage:
    """Its home, join and how-it-works pages in both languages."""
    return create_club_pages(club.brand)
