"""Reading balances, as of any moment, without booking anything."""

from datetime import datetime

from django.db.models import Sum
from django.utils import timezone

from loyalty.ledger.lots import due
from loyalty.ledger.words import On
from loyalty.models import Posting, Wallet
from profiles.models import Account


def balance(account: Account, at: datetime | None = None) -> int:
    """Return the points that may be spent at a moment, booked or not; debt is not subtracted."""
    at = at or timezone.now()
    wallet = Wallet.objects.filter(account=account).first()
    if wallet is None:
        return 0
    postings = Posting.objects.filter(
        entry__wallet=wallet, entry__occurred_at__lte=at, ledger_account=On.ACTIVE
    )
    booked = int(postings.aggregate(points=Sum("amount"))["points"] or 0)
    return booked + sum(change.active for change in due(wallet, at) if change.at <= at)
