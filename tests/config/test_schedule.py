"""Ticks are hints: they expire, and each goes to the queue of its work."""

from typing import Any

from django.conf import settings

from config.broker import REDIS_OPTIONS


def test_every_scheduled_hint_expires_with_its_successor() -> None:
    entries: list[dict[str, Any]] = list(settings.CELERY_BEAT_SCHEDULE.values())
    assert entries
    assert all(entry["options"]["expires"] <= entry["schedule"] for entry in entries)


def test_every_route_leads_to_a_queue_that_exists() -> None:
    routes = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    assert routes <= set(settings.CELERY_TASK_QUEUES)


def test_no_task_may_outlast_the_brokers_patience() -> None:
    assert settings.CELERY_TASK_TIME_LIMIT < REDIS_OPTIONS["visibility_timeout"]


def test_publishing_to_a_silent_broker_ends() -> None:
    assert REDIS_OPTIONS["socket_timeout"] <= 10
    assert settings.CELERY_BROKER_CONNECTION_TIMEOUT <= 5
