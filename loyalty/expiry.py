"""Booking what time has changed in all wallets at once: lots that matured and lots that lapsed.

No promise hangs on this: every verb of the ledger settles its wallet first. But books, statements
and the liability are read for wallets that nobody touches, too. The rows are those that
``ledger.settle`` writes, wallet by wallet; a test compares them.

Wallets come in chunks by their number, each chunk a transaction of its own, so that a till waits
for one chunk at most and a run that broke off has lost one at most. On PostgreSQL wallets that a
till holds at this moment are passed over. These, and the few that need more than lots booked
(debt to repay, holds that ran out), are settled one by one at the end.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from loyalty import ledger
from loyalty.expiry_sql import booking, pick_lots, pick_wallets, ranges
from loyalty.models import Entry, Hold, Lot, Wallet
from loyalty.plain_sql import know, run
from profiles.models import Account

CHUNK = 20_000


def expire_due(now: datetime | None = None) -> int:
    """Book every lot that has matured or lapsed by ``now``; returns how many entries that took.

    Doing it twice is doing it once.
    """
    now = now or timezone.now()
    booked = sum(_book(first, last, now) for first, last in run(ranges(now, CHUNK)))
    accounts = Account.objects.filter(wallet__in=_left_over(now)).order_by("wallet__pk")
    return booked + sum(_settle(account, now) for account in accounts)


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


def _left_over(now: datetime) -> QuerySet[Wallet]:
    """Wallets in which something is due still."""
    due = Q(expires_at__lte=now) | Q(is_pending=True, available_at__lte=now)
    lots = Lot.objects.filter(due, remaining__gt=0)
    holds = Hold.objects.filter(state=Hold.State.OPEN, expires_at__lte=now)
    return Wallet.objects.filter(Q(pk__in=lots.values("wallet")) | Q(pk__in=holds.values("wallet")))


def _settle(account: Account, now: datetime) -> int:
    entries = Entry.objects.filter(wallet__account=account)
    before = entries.count()
    ledger.settle(account, now)
    return entries.count() - before
