"""The Celery application. The database is the truth; its messages are only hints."""

import gc
import os
from typing import Any

import kombu.transport
from celery import Celery
from celery.signals import setup_logging, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

kombu.transport.TRANSPORT_ALIASES["filesystem"] = "config.filesystem_broker:Transport"

app = Celery("regulars")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_django_logging(**_kwargs: Any) -> None:
    """Celery must not replace the log set-up: it is the one that keeps personal data out."""


@worker_process_init.connect
def spare_the_collector(**_kwargs: Any) -> None:
    """What is loaded stays: never look through it again for garbage. It was 0.1 s each time."""
    gc.collect()
    gc.freeze()
