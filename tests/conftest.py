"""What every test gets: quick hashing, quiet static files, and real processes on request."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_django
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import translation

from campaigns import guard
from campaigns.compiled_emails import load
from campaigns.tracking import find_destination
from loyalty import invariants
from tests.processes import Deployment, database_url
from tests.template_database import keep_template, start_from_template


def pytest_configure() -> None:
    """Adjust what would only cost time in tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Every test client loads the middleware anew: look files up when asked, not at each start.
    settings.WHITENOISE_AUTOREFRESH = True
    # Tests sign staff in at once; tests/portal/test_staff_sign_in.py has the second factor.
    settings.REGULARS_TWO_FACTOR = False


@pytest.fixture(autouse=True)
def _fresh_look_ups() -> None:
    """Forget mails, links and counts: a rolled back test gives its ids to the next one."""
    load.cache_clear()
    find_destination.cache_clear()
    guard.accepted_at_least.clear()
    cache.clear()  # how often somebody asked
    # A request in Spanish leaves its thread in Spanish.
    translation.deactivate()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Let Django migrate what is there: on SQLite that is a copy of the migrated template."""
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Lay out the copy once the name of the test database is known."""
    if connection.vendor == "sqlite":
        start_from_template(Path(connection.settings_dict["TEST"]["NAME"]))


def _flush_append_only_tables() -> None:
    """Let Django empty SQLite's tables between tests though their triggers refuse to delete."""
    plain = connection.ops.sql_flush
    drops = [sql for sql in invariants.SQLITE if sql.startswith("DROP")]

    def sql_flush(*told: Any, **how: Any) -> list[str]:
        return [*drops, *plain(*told, **how), *invariants.SQLITE]

    connection.ops.sql_flush = sql_flush  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[None]:
    """Keep the migrated database for the next run; leave none that killed processes still hold."""
    if connection.vendor == "sqlite":
        with django_db_blocker.unblock():
            keep_template()
            _flush_append_only_tables()
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def deployment(transactional_db: None, django_db_serialized_rollback: None) -> Iterator[Deployment]:
    """Start web, worker and beat processes on this test's database; all are stopped after it."""
    with Deployment(settings.VAR_DIR, database_url()) as running:
        yield running
