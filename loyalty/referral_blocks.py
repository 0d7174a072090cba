"""Who refers themselves: one person behind two members is paid nothing.

Addresses are compared by mailbox, more loosely than anywhere else: what follows a plus and dots
before the at sign are ignored (Gmail delivers both to one person; to block a bonus wrongly is
cheaper than to pay it for every variant). Phones are compared by their last digits, with or
without a country's code.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from loyalty.ledger.lots import current
from loyalty.models import Purchase, Referral, Wallet
from profiles.models import Card, Member

SAME_DOMAIN = {"googlemail.com": "gmail.com"}
PHONE_DIGITS = 7  # fewer tell nothing

Reason = Referral.Reason


def why_blocked(referrer: Member, referred: Member) -> Reason | None:
    """The first reason for which this friend brings nothing; None when there is none."""
    return next(_reasons(referrer, referred), None)


def was_here_before(referred: Member) -> bool:
    """Whether who comes by a code has been a member, or has bought with a card before."""
    bought = Purchase.objects.filter(Q(member=None) | Q(member=referred))
    return bool(referred.left_at) or bought.filter(account=referred.account_id).exists()


def mailbox(email_key: str) -> str:
    """Where mail to a normalised address ends up: without what follows a plus, without dots."""
    local, _at, domain = email_key.rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{SAME_DOMAIN.get(domain, domain)}"


def _reasons(referrer: Member, referred: Member) -> Iterator[Reason]:
    if _home(referrer) == _home(referred):
        yield Reason.SAME_ACCOUNT
    if _share_mailbox(referrer, referred):
        yield Reason.SAME_ADDRESS
    if _share_phone(referrer, referred):
        yield Reason.SAME_PHONE
    if _share_card(referrer, referred):
        yield Reason.SAME_CARD
    if _joined(referrer) > _joined(referred):
        yield Reason.JOINED_LATER
    if Referral.objects.filter(referrer=referred, referred=referrer).exists():
        yield Reason.CIRCULAR
    if _is_an_earlier_friend(referrer, referred):
        yield Reason.NOT_NEW


def _home(member: Member) -> int:
    """The account that has the member's points now: accounts may have been merged."""
    wallet = Wallet.objects.filter(account=member.account_id).first()
    return current(wallet).account_id if wallet else member.account_id


def _share_mailbox(one: Member, other: Member) -> bool:
    if not (one.email_key and other.email_key):
        return False
    return mailbox(one.email_key) == mailbox(other.email_key)


def _share_phone(one: Member, other: Member) -> bool:
    short, long = sorted((_digits(one.phone), _digits(other.phone)), key=len)
    return len(short) >= PHONE_DIGITS and long.endswith(short)


def _digits(phone: str) -> str:
    """The digits of a number without the zeros that stand for "abroad" or "long-distance"."""
    return "".join(letter for letter in phone if letter.isdecimal()).lstrip("0")


def _share_card(one: Member, other: Member) -> bool:
    crossed = Q(member=one, account=other.account_id) | Q(member=other, account=one.account_id)
    return Card.objects.filter(crossed).exists()


def _joined(member: Member) -> datetime:
    return member.joined_at or member.created_at


def _is_an_earlier_friend(referrer: Member, referred: Member) -> bool:
    """Whether the same referrer brought the same mailbox or phone before."""
    before = Member.objects.filter(referral__referrer=referrer).exclude(pk=referred.pk)
    before = before.exclude(referral__state=Referral.State.BLOCKED)
    if mine := Referral.objects.filter(referred=referred).first():
        before = before.filter(referral__pk__lt=mine.pk)
    return any(_share_mailbox(one, referred) or _share_phone(one, referred) for one in before)
