"""Booking what time has changed in all wallets at once: lots that matured and lots that lapsed.

No promise hangs on this: every verb of the ledger settles its wallet first. But books, statements
and the liability are read for wallets that nobody touches, too. The rows are those that
``ledger.settle`` writes, wallet by wallet; a test compares them.

Wallets come in ranges of their numbers, each booked in a transaction of its own, so that a till
waits for one at most, a run that broke off has lost one at most, and several workers share the
work. On PostgreSQL wallets that a till holds at this moment are passed over. These, and the few
that need more than lots booked (debt to repay, holds that ran out), are settled one by one at the
end of their range.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from loyalty import ledger
from loyalty.expiry_sql import booking, pick_lots, pick_wallets, ranges
from loyalty.models import Entry, Hold, Lot
from loyalty.plain_sql import know, run
from profiles.models import Account

RANGE = 20_000


def expire_due(now: datetime | None = None) -> int:
    """Book every lot that has matured or lapsed by ``now``; returns how many entries that took.

    Doing it twice is doing it once.
    """
    now = now or timezone.now()
    return sum(expire_range(first, last, now) for first, last in due_ranges(now))


def due_ranges(now: datetime) -> list[tuple[int, int]]:
    """First and last numbers of wallets, so that about ``RANGE`` due ones lie between."""
    return [(int(first), int(last)) for first, last in run(ranges(now, RANGE))]


def expire_range(first: int, last: int, now: datetime) -> int:
    """Book what is due by ``now`` in the wallets from ``first`` to ``last``, as expire_due does."""
    booked = _book(first, last, now)
    accounts = Account.objects.filter(wallet__in=_left_over(first, last, now))
    return booked + sum(_settle(account, now) for account in accounts.order_by("wallet__pk"))


@transaction.atomic
def _book(first: int, last: int, now: datetime) -> int:
    """Book the wallets of a range; returns how many entries that took."""
    run(pick_wallets(first, last, now))
    know("due_wallet")
    run(pick_lots(now))
    know("due_lot")
    for statement in booking(now, timezone.now()):
        run(statement)
    [(booked,)] = run("SELECT COUNT(*) FROM due_lot")
    run("DROP TABLE due_lot")
    run("DROP TABLE due_wallet")
    return int(booked)


def _left_over(first: int, last: int, now: datetime) -> set[int]:
    """Wallets of a range in which something is due still, by their numbers."""
    due = Q(expires_at__lte=now) | Q(is_pending=True, available_at__lte=now)
    lots = Lot.objects.filter(due, remaining__gt=0)
    holds = Hold.objects.filter(state=Hold.State.OPEN, expires_at__lte=now)
    return {
        number
        for rows in (lots, holds)
        for number in rows.filter(wallet__gte=first, wallet__lte=last).values_list(
            "wallet", flat=True
        )
    }


def _settle(account: Account, now: datetime) -> int:
    entries = Entry.objects.filter(wallet__account=account)
    before = entries.count()
    ledger.settle(account, now)
    return entries.count() - before
