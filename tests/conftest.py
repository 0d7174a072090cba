"""What every test gets: quick hashing, quiet static files, and real processes on request."""

from collections.abc import Iterator

import pytest
from django.conf import settings

from campaigns.compiled_emails import load
from tests.processes import Deployment, database_url


def pytest_configure() -> None:
    """Adjust what would only cost time in tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Every test client loads the middleware anew: look files up when asked, not at each start.
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def _fresh_look_ups() -> None:
    """Forget compiled mails: a rolled back test gives its ids to the next one."""
    load.cache_clear()


@pytest.fixture
def deployment(transactional_db: None, django_db_serialized_rollback: None) -> Iterator[Deployment]:
    """Start web, worker and beat processes on this test's database; all are stopped after it."""
    with Deployment(settings.VAR_DIR, database_url()) as running:
        yield running
