"""Members bring friends: a code for each, who came by whose, and points once the friend buys.

``attach`` records a friend at joining. The friend's first real purchase is looked for by
``on_purchase`` or, at the latest, by ``pay_due``; when the return window is over and it still
counts, both sides are paid by the version of the rule by which the friend came. Sole writer of
codes and referrals, with ``referral_payment``.

Worked example. Gloria's friend joins on 1 March and buys for 30 on the 5th; the return window is
14 days. On the 19th both get their points. Had the friend brought all back on the 10th, the next
basket would count instead.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone

from loyalty.models import Lot, Referral, ReferralCode, ReferralRule
from loyalty.referral_blocks import was_here_before, why_blocked
from loyalty.referral_payment import on_purchase, pay_due
from loyalty.voucher_codes import grouped, new_code, read_code
from profiles.models import Brand, Member

__all__ = [
    "Friends",
    "attach",
    "code_of",
    "friends_of",
    "on_purchase",
    "pay_due",
    "referral_link_path",
    "rule_at",
]

LETTERS = 8  # of 5 random bits each
TRIES = 5

Reason = Referral.Reason
State = Referral.State


@dataclass(frozen=True)
class Friends:
    """What a member's code has brought: friends who have yet to buy or wait, and paid ones."""

    waiting: int
    paid: int
    points: int


def code_of(member: Member) -> str:
    """Return the member's code as it is stored, made when it is first asked for."""
    for _try in range(TRIES):
        if known := ReferralCode.objects.filter(member=member).first():
            return known.code
        fresh = ReferralCode(member=member, code=new_code()[:LETTERS])
        # Somebody else may have this code, or the member have got one at this very moment.
        ReferralCode.objects.bulk_create([fresh], ignore_conflicts=True)
    return ReferralCode.objects.get(member=member).code


def referral_link_path(member: Member) -> str:
    """Return the path of the link that a member sends to friends."""
    return f"/friend/{grouped(code_of(member))}/"


def attach(referred: Member, code: str, now: datetime | None = None) -> Referral | None:
    """Record by whose code a new member came; who has come by one stays with it.

    None for a code that the brand does not know, or when it pays nothing. Who refers themselves
    is recorded as blocked, with the reason for staff.
    """
    now = now or timezone.now()
    if earlier := Referral.objects.filter(referred=referred).first():
        return earlier
    brand = referred.account.brand
    known, rule = _find(brand, code), rule_at(brand, now)
    if known is None or rule is None:
        return None
    reason = _reason(known.member, referred)
    facts = {"referrer": known.member, "rule": rule, "attached_at": now}
    facts |= {"state": State.BLOCKED, "reason": reason, "closed_at": now} if reason else {}
    try:
        with transaction.atomic():
            return Referral.objects.create(referred=referred, **facts)
    except IntegrityError:
        return Referral.objects.get(referred=referred)


def rule_at(brand: Brand, moment: datetime) -> ReferralRule | None:
    """The version that counts at a moment: the youngest that has begun, unless it has ended."""
    begun = ReferralRule.objects.filter(brand=brand, valid_from__lte=moment)
    rule = begun.order_by("valid_from").last()
    return rule if rule and (rule.valid_until is None or moment < rule.valid_until) else None


def friends_of(member: Member) -> Friends:
    """Count a member's friends, and the points they have brought so far."""
    mine = Referral.objects.filter(referrer=member)
    numbers = mine.aggregate(
        waiting=Count("pk", filter=Q(state__in=[State.WAITING, State.QUALIFIED])),
        paid=Count("referrer_entry"),
    )
    entries = mine.exclude(referrer_entry=None).values("referrer_entry")
    points = Lot.objects.filter(entry__in=entries).aggregate(points=Sum("original"))["points"]
    return Friends(numbers["waiting"], numbers["paid"], points or 0)


def _find(brand: Brand, code: str) -> ReferralCode | None:
    read = read_code(code)
    # PostgreSQL refuses a NUL even in a question.
    if len(read) != LETTERS or not read.isalnum():
        return None
    codes = ReferralCode.objects.filter(code=read, member__account__brand=brand)
    return codes.select_related("member__account").first()


def _reason(referrer: Member, referred: Member) -> Reason | None:
    if reason := why_blocked(referrer, referred):
        return reason
    if referrer.status in (Member.Status.LEFT, Member.Status.ERASED):
        return Reason.LEFT
    return Reason.NOT_NEW if was_here_before(referred) else None
