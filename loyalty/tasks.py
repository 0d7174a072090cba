"""Celery's way into loyalty: thin, safe to lose and to repeat.

No promise about points depends on these: a wallet that is touched settles what is due by itself.
They keep the books, reports and tiers of wallets that nobody touches up to date.
"""

from datetime import datetime, timedelta

from celery import shared_task
from django.utils import timezone

from loyalty import (
    audit,
    bonuses,
    expiry,
    offline,
    rate_limits,
    referrals,
    returns,
    service_receipts,
    tiers,
    till_answers,
    voucher_refusals,
)
from profiles.models import Brand

UNFINISHED_AFTER = timedelta(minutes=15)
# The next run finds what was lost.
HINT_LIFE = 3600  # seconds
KEEP_ANSWERS = timedelta(days=90)
KEEP_REFUSALS = timedelta(days=90)


@shared_task
def expire_points() -> None:
    """Have all wallets booked in which something has matured or lapsed, by as many as are free."""
    now = timezone.now()
    for first, last in expiry.due_ranges(now):
        expire_range.apply_async((first, last, now.isoformat()), expires=HINT_LIFE)


@shared_task
def expire_range(first: int, last: int, now: str) -> None:
    """Book what has matured or lapsed in a range of wallets."""
    expiry.expire_range(first, last, datetime.fromisoformat(now))


@shared_task
def finish_offline_events() -> None:
    """Record what a broken call of a till has left behind."""
    offline.finish(timezone.now() - UNFINISHED_AFTER)


@shared_task
def pay_referrals() -> None:
    """Pay for friends whose first purchase can no longer be returned."""
    referrals.pay_due()


@shared_task
def look_after_brands() -> None:
    """Birthdays, tiers, returns that waited for their purchase, receipts told twice."""
    for brand in Brand.objects.order_by("pk"):
        bonuses.pay_birthdays(brand)
        returns.book_late(brand)
        service_receipts.report_doubles(brand)
        tiers.recompute(brand)


@shared_task
def audit_ledger() -> None:
    """Work the ledger out again; the staff site shows what was found."""
    audit.audit()


@shared_task
def tidy() -> None:
    """Forget what nobody needs any more."""
    now = timezone.now()
    rate_limits.prune(now)
    till_answers.forget(now - KEEP_ANSWERS)
    voucher_refusals.forget(now - KEEP_REFUSALS)
