"""A small slice of the real shopping, read once; and a club loaded from it."""

import io
from dataclasses import replace

import pytest

from portal.demo.models import DemoLoad
from portal.demo.progress import Progress
from portal.demo.shopping_data import ShoppingData, read

HOUSEHOLDS = 25
CAMPAIGNS = [8, 26, 14]  # one of each type


@pytest.fixture(scope="session")
def year() -> ShoppingData:
    """All of the data."""
    return read()


@pytest.fixture(scope="session")
def slice_() -> ShoppingData:
    """Twenty-five households and three campaigns, their products included."""
    data = read(HOUSEHOLDS)
    chosen = {
        name: table[table["campaign_id"].isin(CAMPAIGNS)]
        for name, table in {
            "campaigns": data.campaigns,
            "targeted": data.targeted,
            "coupons": data.coupons,
            "redemptions": data.redemptions,
        }.items()
    }
    return replace(data, **chosen)


@pytest.fixture
def progress() -> Progress:
    """Says nothing aloud."""
    return Progress(io.StringIO())


@pytest.fixture
def club(db: None, slice_: ShoppingData, progress: Progress) -> DemoLoad:
    """The club, loaded from the slice."""
    from portal.demo.loading import load_once

    return load_once(progress, slice_)
