"""Paying for friends: the first purchase that counts, the wait for returns, both sides' points.

Safe to run twice and in parallel. Locks are taken in one order: the wallets of a chunk, then its
referrals. A referral is claimed by a conditional UPDATE whose row count decides, under the lock of
the referrer's wallet, so a year's limit holds however many payments run at once.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from loyalty import ledger
from loyalty.ledger.batches import lock_wallets
from loyalty.models import LoyaltyRules, Purchase, Referral, ReferralRule, Refund
from loyalty.referral_blocks import why_blocked
from profiles.models import Member

SOURCE = "referral"
CHUNK = 500
YEAR = timedelta(days=365)

Reason = Referral.Reason
State = Referral.State


def on_purchase(purchase: Purchase, now: datetime | None = None, **_news: Any) -> None:
    """Remember a first purchase as soon as it is recorded; ``pay_due`` would find it, too."""
    theirs = Referral.objects.filter(referred__account=purchase.account_id)
    _qualify(theirs, now or timezone.now())


def pay_due(now: datetime | None = None) -> int:
    """Pay all friends whose purchase can no longer be returned; returns how many were paid for.

    A purchase that was returned makes the friend wait for the next one.
    """
    now = now or timezone.now()
    _reopen(now)
    _qualify(Referral.objects.all(), now)
    return sum(_pay(chunk, now) for chunk in _chunks(now))


def _qualify(referrals: QuerySet[Referral], now: datetime) -> None:
    """Give those who wait their first purchase that counts."""
    first = _counting(now).order_by("occurred_at", "pk")
    waiting = referrals.filter(state=State.WAITING).select_related("rule__brand")
    found = waiting.annotate(
        first=Subquery(first.values("pk")[:1]), bought_at=Subquery(first.values("occurred_at")[:1])
    ).exclude(first=None)
    days: dict[int, int] = {}
    for row in list(found):
        wait = days.setdefault(row.rule_id, _waiting_days(row.rule))
        Referral.objects.filter(pk=row.pk, state=State.WAITING).update(
            state=State.QUALIFIED,
            purchase=row.first,
            pays_at=row.bought_at + timedelta(days=wait),
        )


def _reopen(now: datetime) -> None:
    """Let those wait again whose purchase was returned.

    One by one: a statement for all could wait in a circle with a payment.
    """
    due = Referral.objects.filter(state=State.QUALIFIED, pays_at__lte=now)
    for pk in list(due.exclude(_still_counts(now)).values_list("pk", flat=True)):
        Referral.objects.filter(pk=pk, state=State.QUALIFIED).update(
            state=State.WAITING, purchase=None, pays_at=None
        )


def _counting(now: datetime) -> QuerySet[Purchase]:
    """The purchases that count for the outer referral, with what of them was kept."""
    refunds = Refund.objects.filter(purchase=OuterRef("pk")).order_by().values("purchase")
    returned = Subquery(refunds.annotate(total=Sum("total_minor")).values("total"))
    kept = F("total_minor") - Coalesce(returned, 0, output_field=BigIntegerField())
    return Purchase.objects.annotate(kept=kept).filter(
        Q(member=None) | Q(member=OuterRef("referred")),
        account=OuterRef("referred__account"),
        occurred_at__gte=OuterRef("attached_at"),
        occurred_at__lte=now,
        currency=OuterRef("rule__currency"),
        kept__gte=OuterRef("rule__minimum_minor"),
    )


def _still_counts(now: datetime) -> Exists:
    return Exists(_counting(now).filter(pk=OuterRef("purchase")))


def _waiting_days(rule: ReferralRule) -> int:
    if rule.waiting_days is not None:
        return rule.waiting_days
    return LoyaltyRules.of(rule.brand).return_days


def _due(now: datetime) -> QuerySet[Referral]:
    """What can be paid. Who has not confirmed yet is waited for."""
    pending = Member.Status.PENDING
    rows = Referral.objects.filter(state=State.QUALIFIED, pays_at__lte=now)
    rows = rows.exclude(Q(referrer__status=pending) | Q(referred__status=pending))
    return rows.filter(_still_counts(now)).order_by("pk")


def _chunks(now: datetime) -> Iterator[list[int]]:
    last = 0
    while chunk := list(_due(now).filter(pk__gt=last).values_list("pk", flat=True)[:CHUNK]):
        yield chunk
        last = chunk[-1]


@transaction.atomic
def _pay(chunk: Sequence[int], now: datetime) -> int:
    """Pay a chunk; returns how many friends were paid for."""
    among = Referral.objects.filter(pk__in=chunk)
    accounts = among.values_list("referrer__account_id", "referred__account_id")
    lock_wallets({account for pair in accounts for account in pair})
    # Read once the wallets are locked: another payment may have been faster.
    rows = _due(now).filter(pk__in=chunk).select_related("referrer", "referred", "rule__brand")
    paid_before = _paid_in_a_year(chunk, now)
    return sum(_pay_one(row, paid_before, now) for row in rows)


def _paid_in_a_year(chunk: Sequence[int], now: datetime) -> dict[int, int]:
    """For how many friends each referrer of the chunk was paid in the last year."""
    referrers = Referral.objects.filter(pk__in=chunk).values("referrer")
    paid = Referral.objects.filter(referrer__in=referrers, closed_at__gt=now - YEAR)
    numbers = paid.order_by().values_list("referrer").annotate(paid=Count("referrer_entry"))
    return dict(numbers)


def _pay_one(row: Referral, paid_before: dict[int, int], now: datetime) -> int:
    if reason := why_blocked(row.referrer, row.referred):
        return _close(row, now, state=State.BLOCKED, reason=reason)
    paid = paid_before.get(row.referrer_id, 0)
    of_referrer = _why_unpaid(row.referrer, row.rule.referrer_points)
    if not of_referrer and row.rule.referrer_points and paid >= row.rule.max_per_year:
        of_referrer = Reason.LIMIT
    of_referred = _why_unpaid(row.referred, row.rule.referred_points)
    facts = {"referrer_unpaid": of_referrer, "referred_unpaid": of_referred}
    points = {
        "referrer": 0 if of_referrer else row.rule.referrer_points,
        "referred": 0 if of_referred else row.rule.referred_points,
    }
    if not any(points.values()):
        return _close(row, now, state=State.BLOCKED, reason=of_referrer or of_referred, **facts)
    if not _close(row, now, state=State.PAID, **facts):
        return 0
    entries = {f"{side}_entry": _earn(row, side, points[side], now) for side in points}
    Referral.objects.filter(pk=row.pk).update(**entries)
    paid_before[row.referrer_id] = paid + bool(points["referrer"])
    return 1


def _why_unpaid(member: Member, points: int) -> str:
    return Reason.LEFT if points and member.status != Member.Status.ACTIVE else ""


def _close(row: Referral, now: datetime, **facts: Any) -> int:
    """Claim a referral that is due; 0 when it was closed meanwhile, or is blocked by this."""
    due = Referral.objects.filter(pk=row.pk, state=State.QUALIFIED)
    claimed = due.update(closed_at=now, **facts)
    return claimed if facts["state"] == State.PAID else 0


def _earn(row: Referral, side: str, points: int, now: datetime) -> int | None:
    """Book one side's points; returns the entry."""
    if not points:
        return None
    member: Member = getattr(row, side)
    days = row.rule.valid_days
    earned = ledger.earn(
        member.account,
        [ledger.Parcel(points, now, now + timedelta(days=days) if days else None)],
        SOURCE,
        f"{row.pk}:{side}",
        occurred_at=now,
        reason=_told(member, side),
        now=now,
    )
    return earned.pk


def _told(member: Member, side: str) -> str:
    """What the member reads in the statement."""
    with translation.override(member.language):
        return _("You brought a friend") if side == "referrer" else _("Brought by a friend")
