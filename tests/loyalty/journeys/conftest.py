"""Stories run their tasks at once, and their members read English."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from config.celery import app
from portal.club_pages import create_club_pages
from profiles.models import Member
from tests.cast import Club


@pytest.fixture(autouse=True)
def eager(club: Club) -> Iterator[None]:
    """The club has its pages, and what a task asks of the workers, it does itself."""
    create_club_pages(club.brand)
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.fixture
def gloria(gloria: Member) -> Member:
    """Gloria, who reads English and has been here for years."""
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    Member.objects.update(language="en", created_at=long_ago, joined_at=long_ago)
    gloria.refresh_from_db()
    return gloria
