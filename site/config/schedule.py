"""What beat does, and how often."""

from typing import Any

from celery.schedules import crontab

HOUR = 3600.0  # seconds
# in seconds
AGAIN_AFTER = {
    "campaigns.tasks.tick": 2.0,
    "campaigns.tasks.reap": 15.0,
    "campaigns.tasks.process_events": 5.0,
    "profiles.tasks.send_opt_in_mails": 2.0,
    "profiles.tasks.send_sign_in_codes": 1.0,
    "loyalty.tasks.finish_offline_events": 300.0,
    "loyalty.tasks.expire_points": HOUR,
    "loyalty.tasks.pay_referrals": HOUR,
}
# at an hour and a minute, UTC
EACH_NIGHT = {
    "loyalty.tasks.look_after_brands": (2, 10),
    "loyalty.tasks.audit_ledger": (3, 10),
    "loyalty.tasks.tidy": (4, 10),
    "profiles.tasks.keep_no_longer": (4, 40),
}


def schedule() -> dict[str, dict[str, Any]]:
    """Return ``CELERY_BEAT_SCHEDULE``.

    Every entry expires with its successor: a stopped worker never finds a heap of old ticks.
    """
    often = {task: _entry(task, seconds, seconds) for task, seconds in AGAIN_AFTER.items()}
    nightly = {
        task: _entry(task, crontab(hour=hour, minute=minute), HOUR)
        for task, (hour, minute) in EACH_NIGHT.items()
    }
    return often | nightly


def _entry(task: str, when: Any, expires: float) -> dict[str, Any]:
    return {"task": task, "schedule": when, "options": {"expires": expires}}
