"""Earning for a whole history: the same result as ``earning.earn`` for each purchase, in SQL.

Entries come from purchases that have not earned, lots from those entries, postings from the
lots, and the sums of the wallets from the postings. All wallets are locked meanwhile.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from loyalty import ledger
from loyalty.booking import On
from loyalty.bulk import PlusDays, insert_select, lock_table, refresh_statistics
from loyalty.earn_rules import EARNING_KEY, EARNING_SOURCE, Span, points_expression, spans
from loyalty.models import Entry, Lot, Posting, Purchase, Wallet
from profiles.models import Account, Brand


@transaction.atomic
def earn_in_bulk(brand: Brand, now: datetime | None = None) -> int:
    """Let every purchase of the brand that has not earned do so; returns how many did."""
    now = now or timezone.now()
    # Whoever writes entries locks a wallet first: from here on every new entry is ours.
    lock_table(Wallet)
    _open_wallets(brand)
    refresh_statistics(Purchase, Entry, Wallet)
    last = Entry.objects.aggregate(last=models.Max("pk"))["last"] or 0
    earned = sum(_earn_by(span, brand, now, last) for span in spans(brand))
    if earned:
        refresh_statistics(Lot)
        _write_postings(last)
        refresh_statistics(Posting)
        _sum_up(last)
        _pay_debts(brand, now)
    return earned


def _open_wallets(brand: Brand) -> None:
    zeros = {name: _number(0) for name in ("active", "pending", "held", "debt")}
    missing = Account.objects.filter(brand=brand, wallet=None)
    insert_select(Wallet, {"account": F("pk"), **zeros}, missing)


def _earn_by(span: Span, brand: Brand, now: datetime, last: int) -> int:
    columns = {
        "wallet": F("account__wallet__pk"),
        "kind": _text(Entry.Kind.EARN),
        "source": _text(EARNING_SOURCE),
        "idempotency_key": _key(F("pk")),
        "request_hash": _text(""),
        "reason": _text(""),
        "purchase": F("pk"),
        "occurred_at": F("occurred_at"),
        "recorded_at": Value(timezone.now(), models.DateTimeField()),
    }
    earned = insert_select(Entry, columns, _to_earn(span, brand))
    if earned:
        refresh_statistics(Entry)
        _write_lots(span, now, last)
    return earned


def _to_earn(span: Span, brand: Brand) -> QuerySet[Purchase]:
    """The span's purchases that are worth a point and have no earning yet."""
    purchases = Purchase.objects.filter(_within(span), brand=brand, currency=brand.currency)
    # By the whole unique key: a planner that still believes in an empty table may walk an index
    # of half of it, which grows with every row that this very statement writes.
    earned = Entry.objects.filter(source=EARNING_SOURCE, idempotency_key=_key(OuterRef("pk")))
    worth = purchases.annotate(worth=points_expression("total_minor", span.rule))
    return worth.filter(~Exists(earned), worth__gt=0)


def _within(span: Span) -> Q:
    since = Q(occurred_at__gte=span.since)
    return since & Q(occurred_at__lt=span.until) if span.until else since


def _write_lots(span: Span, now: datetime, last: int) -> None:
    rule, points = span.rule, points_expression("purchase__total_minor", span.rule)
    waiting = Q(occurred_at__gt=now - timedelta(days=rule.pending_days))
    columns = {
        "wallet": F("wallet_id"),
        "entry": F("pk"),
        "original": points,
        "remaining": points,
        "available_at": PlusDays("occurred_at", rule.pending_days),
        "expires_at": PlusDays("occurred_at", rule.valid_days),
        "is_pending": Case(When(waiting, then=Value(True)), default=Value(False)),
    }
    insert_select(Lot, columns, Entry.objects.filter(_within(span), pk__gt=last))


def _write_postings(last: int) -> None:
    lots = Lot.objects.filter(entry__gt=last)
    members = Case(When(is_pending=True, then=_text(On.PENDING)), default=_text(On.ACTIVE))
    legs: list[tuple[Any, Any]] = [
        (_text(On.ISSUED), F("original") * _number(-1)),
        (members, F("original")),
    ]
    for account, amount in legs:
        columns = {"entry": F("entry_id"), "ledger_account": account, "amount": amount}
        insert_select(Posting, columns, lots)


def _sum_up(last: int) -> None:
    """Add the new postings to the wallets they belong to."""
    touched = Entry.objects.filter(wallet=OuterRef("pk"), pk__gt=last)
    Wallet.objects.filter(Exists(touched)).update(
        active=F("active") + _sum_of(On.ACTIVE, last),
        pending=F("pending") + _sum_of(On.PENDING, last),
    )


def _sum_of(account: On, last: int) -> Any:
    postings = Posting.objects.filter(
        entry__wallet=OuterRef("pk"), entry__gt=last, ledger_account=account
    )
    sums = postings.values("entry__wallet").annotate(points=Sum("amount")).values("points")
    return Coalesce(Subquery(sums), _number(0))


def _pay_debts(brand: Brand, now: datetime) -> None:
    for account in Account.objects.filter(brand=brand, wallet__debt__gt=0):
        ledger.settle(account, now)


def _key(purchase: F) -> Concat:
    return Concat(_text(EARNING_KEY), Cast(purchase, models.CharField()))


def _text(text: str) -> Value:
    return Value(text, models.CharField())


def _number(number: int) -> Value:
    return Value(number, models.BigIntegerField())
