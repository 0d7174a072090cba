"""The Celery application. The database is the truth; its messages are only hints."""

import os
from typing import Any

import kombu.transport
from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

kombu.transport.TRANSPORT_ALIASES["filesystem"] = "config.filesystem_broker:Transport"

app = Celery("regulars")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_django_logging(**_kwargs: Any) -> None:
    """Celery must not replace the log set-up: it is the one that keeps personal data out."""
