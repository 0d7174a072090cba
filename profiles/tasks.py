"""Celery's way into the profiles: thin, safe to repeat."""

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from profiles import address_changes, double_opt_in, erasing, personal_data, sign_ins


@shared_task
def send_opt_in_mails() -> None:
    """Send the mails that wait and ask for a yes: to joining, or to a new address."""
    double_opt_in.send_waiting()
    address_changes.send_waiting()


@shared_task
def send_sign_in_codes() -> None:
    """Send the codes that members wait for."""
    sign_ins.send_waiting()


@shared_task
def keep_no_longer() -> None:
    """Remove what has been kept long enough, as the register says; sessions that ran out, too."""
    now = timezone.now()
    personal_data.forget_old(now)
    erasing.forget_unconfirmed(now)
    call_command("clearsessions")
