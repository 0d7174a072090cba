"""Checks on an account's books, and baskets to fill them."""

from datetime import UTC, datetime

from django.db.models import Sum

from loyalty import ledger
from loyalty.models import Entry, Lot, Posting, Wallet
from loyalty.purchases import LineData, PurchaseData
from profiles.models import Account

MARCH = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)


def basket(
    number: str = "b-1", euros: int = 12, at: datetime = MARCH, **facts: str
) -> PurchaseData:
    """A basket of one Manchego, paid with Gloria's card."""
    lines = (LineData("4711", 1, euros * 100),)
    return PurchaseData(number, at, "EUR", lines, **{"card": "2000000000017", **facts})  # type: ignore[arg-type]


def earn(
    account: Account,
    points: int,
    key: str,
    at: datetime = MARCH,
    *,
    available_at: datetime | None = None,
    expires_at: datetime | None = None,
    now: datetime | None = None,
) -> Entry:
    """One parcel of points."""
    parcel = ledger.Parcel(points, available_at or at, expires_at)
    return ledger.earn(account, [parcel], "test", key, occurred_at=at, now=now)


def check_books(account: Account) -> None:
    """Every entry sums to zero; the wallet is what postings say, and what the lots hold."""
    wallet = Wallet.objects.filter(account=account).first()
    if wallet is None:
        return
    for entry in Entry.objects.filter(wallet=wallet).annotate(total=Sum("postings__amount")):
        assert not entry.total, entry  # None: a move of the counter alone
    assert (wallet.active, wallet.pending) == (_lots(wallet, False), _lots(wallet, True))
    sums = (wallet.active, wallet.pending, wallet.held, -wallet.debt)
    assert sums == tuple(_posted(wallet, name) for name in ("active", "pending", "held", "debt"))
    assert not (wallet.active and wallet.debt)
    for lot in Lot.objects.filter(wallet=wallet).annotate(taken=Sum("allocations__amount")):
        assert lot.original == lot.remaining + (lot.taken or 0), lot


def _lots(wallet: Wallet, pending: bool) -> int:
    lots = Lot.objects.filter(wallet=wallet, is_pending=pending)
    return lots.aggregate(points=Sum("remaining"))["points"] or 0


def _posted(wallet: Wallet, name: str) -> int:
    postings = Posting.objects.filter(entry__wallet=wallet, ledger_account=name)
    return postings.aggregate(points=Sum("amount"))["points"] or 0
