"""Drains in processes of their own, forked from one that has everything loaded.

A fork costs some 20 ms where a start costs two seconds, so that a thousand can be killed. What
runs in them is ``campaigns.dispatch.drain`` as a Celery worker's child runs it.
"""

import multiprocessing
import os
from multiprocessing.process import BaseProcess
from pathlib import Path

import django
from django.conf import settings

django.setup()

# Imported after the set-up, and before any fork: that is what this module is for.
from campaigns import dispatch  # noqa: E402
from campaigns.journal import Journal  # noqa: E402
from tests.faults import failpoints  # noqa: E402

BUDGET = 120.0  # seconds
WITHOUT_JOURNAL = "REGULARS_TEST_WITHOUT_JOURNAL"


def start(
    campaign_id: int, server: str, failpoint: str = "", nth: int = 1, proof: str = ""
) -> BaseProcess:
    """Drain a campaign to a mail server in a process of its own, perhaps with a failpoint armed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.drainers"])
    process = context.Process(target=_drain, args=(campaign_id, server, failpoint, nth, proof))
    process.start()
    return process


def _drain(campaign_id: int, server: str, failpoint: str, nth: int, proof: str) -> None:
    settings.REGULARS_SMTP_URL = server
    if os.environ.get(WITHOUT_JOURNAL):
        Journal.begin = lambda *_told: None  # type: ignore[method-assign]
    if failpoint:
        failpoints.arm(failpoint, nth, Path(proof))
    dispatch.drain(campaign_id, BUDGET)
