"""The environment in which the demo's own process and those it starts run."""

import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from portal.demo.problems import DemoProblem

# What the demo forces: pages for the demo alone, and mails that never leave the machine.
FORCED = {"REGULARS_DEMO": "true", "REGULARS_TRANSPORT": "files"}


class Busy(DemoProblem):
    """Another demo works in the same folder."""


def enter() -> None:
    """Go on under the demo's environment: settings are read once, so the program starts anew."""
    wanted = _wanted()
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **wanted})  # noqa: S606


@contextmanager
def alone() -> Iterator[None]:
    """Keep a second demo out of the same folder. Raises Busy."""
    with (Path(settings.VAR_DIR) / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Busy("The demo club is running already: close it first.") from None
        yield


def clear() -> None:
    """Remove what an earlier demo left in files; the database is the caller's business."""
    shutil.rmtree(settings.REGULARS_OUTBOX, ignore_errors=True)


def remove_sqlite() -> None:
    """Remove the embedded database with its side files."""
    database = Path(str(settings.DATABASES["default"]["NAME"]))
    for path in (database, *(database.with_name(database.name + end) for end in ("-wal", "-shm"))):
        path.unlink(missing_ok=True)


def is_sqlite() -> bool:
    """Tell whether the club lives in the embedded database."""
    return bool(settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"))


def _wanted() -> dict[str, str]:
    """Return the forced values; a club on a server has an outbox apart from the embedded one's."""
    wanted = {**FORCED, "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING")}
    if not is_sqlite():
        own = str(settings.VAR_DIR / "server-outbox")
        wanted["REGULARS_OUTBOX"] = os.environ.get("REGULARS_OUTBOX") or own
    return wanted
