"""Double opt-in: the mail that asks, and the confirmation that grants.

A request is queued in the transaction that stores it and sent by a task, at least once, under one
Message-ID. One address gets at most one mail an hour and three a day; one source and the whole
site are capped too, so that the join form cannot be used to flood anybody.
"""

from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone

from profiles import queued_mails, signed_links
from profiles.consent import confirm_requests
from profiles.models import Member, OptInMail
from profiles.signals import member_joined
from profiles.suppression import is_suppressed

LINK_LIFE = timedelta(days=3)
RETRY_AFTER = timedelta(minutes=2)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PER_ADDRESS = {HOUR: 1, DAY: 3}
PER_SOURCE = {HOUR: 20, DAY: 100}
PER_SITE = {HOUR: 20_000}


def queue_mail(member: Member, kind: str, requester: str) -> bool:
    """Queue the answer to a join request; return False when a limit or a suppression forbids it."""
    if is_suppressed(member.email_key) or not _within_limits(member.email_hash, requester):
        return False
    OptInMail.objects.create(
        member=member,
        kind=kind,
        email_hash=member.email_hash,
        requester_hash=requester,
        message_id=queued_mails.message_id(member.account.brand),
    )
    return True


def send_waiting(limit: int = 200) -> int:
    """Send the mails that wait; return how many went out. A failed one is tried again later."""
    now = timezone.now()
    waiting = OptInMail.objects.filter(
        sent_at=None, next_try_at__lte=now, tries__lt=queued_mails.MAX_TRIES
    )
    mails = waiting.select_related("member__account__brand").order_by("pk")[:limit]
    return sum(_send(mail) for mail in mails)


def peek(token: str) -> Member:
    """Who a confirmation link belongs to; changes nothing. Raises BadLink or ExpiredLink."""
    numbers = signed_links.read(signed_links.CONFIRM, token)
    member = Member.objects.filter(pk=numbers[0]).select_related("account__brand").first()
    if member is None or member.status not in (Member.Status.PENDING, Member.Status.ACTIVE):
        raise signed_links.BadLink
    return member


@transaction.atomic
def confirm(token: str, requester: str = "") -> Member:
    """Confirm the address: the member becomes active and what was asked for is granted.

    Doing it again changes nothing. Raises BadLink or ExpiredLink.
    """
    member = peek(token)
    now = timezone.now()
    joined = Member.objects.filter(pk=member.pk, status=Member.Status.PENDING).update(
        status=Member.Status.ACTIVE, joined_at=now, left_at=None
    )
    confirm_requests(member, "double opt-in", requester)
    member.refresh_from_db()
    if joined:
        member_joined.send(sender=Member, member=member)
    return member


def _within_limits(email_hash: str, requester: str) -> bool:
    now = timezone.now()
    checks = [({"email_hash": email_hash}, PER_ADDRESS), ({}, PER_SITE)]
    if requester:
        checks.append(({"requester_hash": requester}, PER_SOURCE))
    return all(
        OptInMail.objects.filter(asked_at__gt=now - span, **what).count() < most
        for what, limits in checks
        for span, most in limits.items()
    )


def _send(mail: OptInMail) -> bool:
    return queued_mails.send(mail, _message, RETRY_AFTER)


def _message(mail: OptInMail) -> EmailMultiAlternatives:
    return queued_mails.message(
        f"profiles/email/{mail.kind}", mail.member, mail.message_id, url=_url(mail)
    )


def _url(mail: OptInMail) -> str:
    base = settings.REGULARS_BASE_URL
    if mail.kind == OptInMail.Kind.CONFIRM:
        expires_at = mail.asked_at + LINK_LIFE
        token = signed_links.make(signed_links.CONFIRM, mail.member_id, expires_at=expires_at)
        return f"{base}/confirm/{token}/"
    token = signed_links.make(signed_links.PREFERENCES, mail.member_id, 0)
    return f"{base}/preferences/{token}/"
