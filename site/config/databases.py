"""Database and cache, from the environment: SQLite in ``var/`` until told otherwise."""

from pathlib import Path
from typing import Any

import environ

# IMMEDIATE takes the write lock at BEGIN: a transaction that reads first and writes later then
# waits its turn instead of failing half-way with "database is locked".
SQLITE_OPTIONS: dict[str, Any] = {
    "timeout": 20,  # seconds
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
}


def database_settings(env: environ.Env, var_dir: Path) -> dict[str, Any]:
    """Return ``DATABASES["default"]`` for ``DATABASE_URL`` or the embedded SQLite file."""
    settings: dict[str, Any] = env.db_url(
        "DATABASE_URL", default=f"sqlite:///{var_dir / 'regulars.sqlite3'}"
    )
    if settings["ENGINE"].endswith("sqlite3"):
        settings["OPTIONS"] = {**SQLITE_OPTIONS, **settings.get("OPTIONS", {})}
        # Tests use files too: an in-memory database behaves differently under threads.
        settings["TEST"] = {"NAME": str(var_dir / "test.sqlite3")}
    elif settings["ENGINE"].endswith("postgresql"):
        settings["CONN_HEALTH_CHECKS"] = True
        settings["OPTIONS"] = {
            "pool": {
                "min_size": 0,
                "max_size": env.int("DATABASE_POOL_SIZE", default=10),
                "timeout": 10,  # seconds
            },
            **settings.get("OPTIONS", {}),
        }
    return settings


def cache_settings(env: environ.Env) -> dict[str, Any]:
    """Return ``CACHES["default"]``: Redis by ``CACHE_URL``, else memory of the process."""
    url = env("CACHE_URL", default="")
    if url:
        return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}
    return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "regulars"}
