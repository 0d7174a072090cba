"""Celery's way into the profiles: thin, safe to repeat."""

from celery import shared_task

from profiles import double_opt_in


@shared_task
def send_opt_in_mails() -> None:
    """Send the double opt-in mails that wait."""
    double_opt_in.send_waiting()
