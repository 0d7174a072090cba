"""What a clerk may do alone, and why a second person has to look.

A day is the last 24 hours. Only what the clerk did alone counts towards a day's limit: what
somebody else approved was looked at.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet, Sum
from django.db.models.functions import Abs

from loyalty.models import LoyaltyRules, ServiceLimits, ServiceRequest, Voucher
from profiles.models import Member, User

Kind = ServiceRequest.Kind
Second = ServiceRequest.SecondFor
DAY: Final = timedelta(days=1)


def why_second(request: ServiceRequest, looks_alike: bool, now: datetime) -> str:
    """Why a second person has to decide; an empty string when nobody has to.

    The clerk's row must be locked: two requests at once may not both take what is left of a day.
    """
    if holds(request.requested_by, request.account_id):
        return Second.OWN_ACCOUNT
    limits = ServiceLimits.of(request.brand)
    if request.kind == Kind.RECEIPT:
        return _of_receipt(request, limits, looks_alike, now)
    if request.kind == Kind.POINTS:
        return _of_points(request, limits, now)
    return _of_voucher(request, limits, now)


def holds(user: User, account_id: int) -> bool:
    """Whether the account is the person's own, or that of their household."""
    return Member.objects.filter(account=account_id, user=user).exists()


def _of_receipt(
    request: ServiceRequest, limits: ServiceLimits, looks_alike: bool, now: datetime
) -> str:
    if request.amount_minor > limits.receipt_minor:
        return Second.AMOUNT
    if request.occurred_at and now - request.occurred_at > timedelta(days=limits.receipt_days):
        return Second.AGE
    if looks_alike:
        return Second.ALIKE
    return Second.DAY if _done(request, now).count() >= limits.receipts_per_day else ""


def _of_points(request: ServiceRequest, limits: ServiceLimits, now: datetime) -> str:
    points = abs(request.points)
    if points > LoyaltyRules.of(request.brand).adjustment_limit:
        return Second.AMOUNT
    # Taken points count like given ones: going to and fro must not reset the day.
    before = _done(request, now).aggregate(sum=Sum(Abs("points")))["sum"] or 0
    return Second.DAY if before + points > limits.points_per_day else ""


def _of_voucher(request: ServiceRequest, limits: ServiceLimits, now: datetime) -> str:
    if request.voucher and request.voucher.origin == Voucher.Origin.REISSUE:
        return Second.AGAIN
    return Second.DAY if _done(request, now).count() >= limits.vouchers_per_day else ""


def _done(request: ServiceRequest, now: datetime) -> QuerySet[ServiceRequest]:
    """What the clerk did alone, of this kind, within a day, for any brand."""
    return ServiceRequest.objects.filter(
        requested_by=request.requested_by,
        kind=request.kind,
        state=ServiceRequest.State.APPROVED,
        decided_by=None,
        requested_at__gt=now - DAY,
    )
