"""A pytest plugin that gives each test process a ``var/`` of its own, before settings load.

Several runs, and several xdist workers of one run, can then go on side by side.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def _own_var() -> Path:
    """Return a fresh folder that is removed when the process that made it ends."""
    inherited = os.environ.get("REGULARS_TEST_VAR")
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if inherited and worker:
        return Path(inherited) / worker
    root = Path(tempfile.mkdtemp(prefix="regulars-test-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    os.environ["REGULARS_TEST_VAR"] = str(root)
    return root


os.environ["REGULARS_VAR"] = str(_own_var())
broker, number = os.environ.get("CELERY_BROKER_URL", ""), os.environ.get("PYTEST_XDIST_WORKER", "")
if broker.endswith("/0") and number:
    # Each test process has a database of Valkey's sixteen to itself.
    os.environ["CELERY_BROKER_URL"] = broker[:-1] + number.removeprefix("gw")
os.environ["SECRET_KEY"] = "only-for-tests-" + "k" * 50
for name in ("REGULARS_ENV", "REGULARS_TRANSPORT", "REGULARS_OUTBOX", "REGULARS_BASE_URL", "DEBUG"):
    os.environ.pop(name, None)
