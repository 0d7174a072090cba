"""The cast's club."""

import pytest

from tests import cast
from tests.cast import Club


@pytest.fixture
def club(db: None) -> Club:
    """The corner shop's club."""
    return cast.club()
