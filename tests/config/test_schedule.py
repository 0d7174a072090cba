"""Ticks are hints: they expire, and each goes to the queue of its work."""

from typing import Any

from celery.schedules import crontab
from django.conf import settings

from config.broker import REDIS_OPTIONS
from config.celery import app


def test_every_scheduled_hint_expires_with_its_successor() -> None:
    entries: list[dict[str, Any]] = list(settings.CELERY_BEAT_SCHEDULE.values())
    assert entries
    for entry in entries:
        # What runs by the clock runs once a day.
        day = 24 * 3600 if isinstance(entry["schedule"], crontab) else entry["schedule"]
        assert entry["options"]["expires"] <= day


def test_every_scheduled_task_exists() -> None:
    known = app.tasks
    app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(known)


def test_every_route_leads_to_a_queue_that_exists() -> None:
    routes = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    assert routes <= set(settings.CELERY_TASK_QUEUES)


def test_no_task_may_outlast_the_brokers_patience() -> None:
    assert settings.CELERY_TASK_TIME_LIMIT < REDIS_OPTIONS["visibility_timeout"]


def test_publishing_to_a_silent_broker_ends() -> None:
    assert REDIS_OPTIONS["socket_timeout"] <= 10
    assert settings.CELERY_BROKER_CONNECTION_TIMEOUT <= 5
