"""SQLite keeps four simultaneous writers in order; both databases come from one setting."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import environ
import pytest
from django.db.utils import ConnectionHandler

from config.databases import database_settings
from tests.processes import ROOT

WRITER = """
import sys
import django
django.setup()
from django.db import connection, transaction
print("ready", flush=True)
sys.stdin.readline()
for _ in range(15):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT n FROM counter")
        n = cursor.fetchone()[0]
        cursor.execute("UPDATE counter SET n = %s", [n + 1])
"""


def python(code: str, database: Path) -> subprocess.Popen[bytes]:
    """Start a process of its own on the given SQLite file."""
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{database}"}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def test_four_writers_on_sqlite_lose_nothing(tmp_path: Path) -> None:
    database = tmp_path / "club.sqlite3"
    with closing(sqlite3.connect(database)) as before:
        # As the migration leaves it: one process alone has switched to write-ahead.
        before.execute("PRAGMA journal_mode=WAL")
        before.executescript("CREATE TABLE counter (n INTEGER); INSERT INTO counter VALUES (0)")
    writers = [python(WRITER, database) for _ in range(4)]
    for writer in writers:
        assert writer.stdout
        assert writer.stdout.readline() == b"ready\n"
    for writer in writers:
        assert writer.stdin
        writer.stdin.write(b"go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=120)
    assert [writer.returncode for writer in writers] == [0, 0, 0, 0]
    with closing(sqlite3.connect(database)) as after:
        assert after.execute("SELECT n FROM counter").fetchone() == (60,)


def test_postgresql_is_chosen_by_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://club:secret@db.example:5433/regulars")
    chosen = database_settings(environ.Env(), tmp_path)
    assert chosen["ENGINE"] == "django.db.backends.postgresql"
    assert (chosen["HOST"], chosen["PORT"], chosen["NAME"]) == ("db.example", 5433, "regulars")
    assert chosen["OPTIONS"]["pool"]["max_size"] > 0


@pytest.mark.django_db
def test_sqlite_writes_ahead_and_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    chosen = database_settings(environ.Env(), tmp_path)
    embedded = ConnectionHandler({"default": chosen})["default"]
    try:
        with embedded.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode")
            assert cursor.fetchone()[0] == "wal"
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone()[0] == 2  # FULL
    finally:
        embedded.close()
