"""A migrated SQLite database, kept under ``var/`` and copied instead of migrating every time.

It belongs to one state of the migrations and the locked requirements; another state gets another
file. What ``post_migrate`` does is done again on every copy.
"""

import hashlib
import os
import shutil
from pathlib import Path

from django.db import connection

from tests.processes import ROOT

FOLDER = ROOT / "var" / "test-templates"
APPS = ("profiles", "loyalty", "campaigns", "site/portal")


def template() -> Path:
    """Return where the template for the present migrations is, or would be."""
    parts = [ROOT / "requirements" / "dev.txt"]
    parts += [path for app in APPS for path in sorted((ROOT / app / "migrations").glob("*.py"))]
    digest = hashlib.sha256()
    for path in parts:
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return FOLDER / f"{digest.hexdigest()[:16]}.sqlite3"


def start_from_template(place: Path) -> None:
    """Put a copy of the template at ``place``; without a template nothing happens."""
    if template().exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(template(), place)


def keep_template() -> None:
    """Save the freshly migrated test database as the template, unless there is one already."""
    if template().exists():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    for outdated in FOLDER.glob("*.sqlite3"):
        outdated.unlink(missing_ok=True)
    # VACUUM INTO writes one whole file, without the write-ahead log beside it.
    fresh = FOLDER / f"fresh-{os.getpid()}"
    fresh.unlink(missing_ok=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(fresh)])
    fresh.rename(template())
