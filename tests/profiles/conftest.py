"""The cast's club, in the parts that the tests of profiles ask for."""

import pytest

from profiles.models import Brand, Question, Topic
from tests import cast
from tests.cast import Club


@pytest.fixture
def club(db: None) -> Club:
    """The corner shop's club."""
    return cast.club()


@pytest.fixture
def brand(club: Club) -> Brand:
    """The corner shop."""
    return club.brand


@pytest.fixture
def offers(club: Club) -> Topic:
    """The topic of weekly offers, with its wording."""
    return club.offers


@pytest.fixture
def wine(club: Club) -> Topic:
    """The topic of wine, with its wording."""
    return club.wine


@pytest.fixture
def aisles(club: Club) -> Question:
    """An any-of question with two choices, asked at joining."""
    return club.aisles
