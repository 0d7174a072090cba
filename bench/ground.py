"""The ground that benches stand on: a durable PostgreSQL, settings that point at it, a crowd."""

import os
import sys
import tempfile

from tests.processes import ROOT

DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


def stand_on(url: str, **environment: str) -> None:
    """Point the settings at the measured servers, before Django reads them."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": url,
        "REGULARS_VAR": tempfile.mkdtemp(prefix="regulars-bench-"),
        "LOG_LEVEL": "WARNING",
        **environment,
    }
    sys.path.insert(0, str(ROOT / "site"))
    import django

    django.setup()


def require_durable() -> dict[str, str]:
    """The settings that make a commit survive a crash; measuring without them is refused."""
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for name in DURABLE:
            cursor.execute(f"SHOW {name}")
            found[name] = str(cursor.fetchone()[0])
    if set(found.values()) != {"on"}:
        sys.exit(f"PostgreSQL is not durable: {found}")
    return found


def subscribe(members: int) -> None:
    """Migrate, and make a crowd of that many members."""
    from django.core.management import call_command

    from bench.crowd import crowd
    from tests import cast

    print(f"migrating, and subscribing {members:,} members", flush=True)
    call_command("migrate", verbosity=0)
    crowd(cast.club(), members)


def get_ready() -> None:
    """Have Django know the models, in a process of its own that inherits the environment."""
    import django

    django.setup()
