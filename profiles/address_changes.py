"""Changing a member's address: the new one is asked by mail and says yes; the old one is told.

Nobody learns whether an address is known: asking always looks the same, and whoever reads the mail
owns the address. Consents belong to the member and go along.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.utils import timezone

from profiles import queued_mails, signed_links
from profiles.addresses import hash_of, normalise, set_address
from profiles.models import AddressChange, Member
from profiles.suppression import is_suppressed

LINK_LIFE = timedelta(days=3)
RETRY_AFTER = timedelta(minutes=2)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PER_ADDRESS = {HOUR: 1, DAY: 3}
PER_MEMBER = {DAY: 5}


class AddressTaken(Exception):
    """Another member has this address by now."""


def ask(member: Member, email: str) -> bool:
    """Queue the mail to a new address; return False when a limit or a suppression forbids it.

    Raises InvalidAddress when the text is no address.
    """
    key = normalise(email)
    email_hash = hash_of(key)
    if key == member.email_key or is_suppressed(key) or not _within_limits(member, email_hash):
        return False
    AddressChange.objects.create(
        member=member,
        email=email.strip(),
        email_hash=email_hash,
        message_id=queued_mails.message_id(member.account.brand),
    )
    return True


def send_waiting(limit: int = 200) -> int:
    """Send the mails that wait; return how many went out."""
    now = timezone.now()
    _forget(now - LINK_LIFE)
    waiting = AddressChange.objects.filter(sent_at=None, next_try_at__lte=now).exclude(email="")
    waiting = waiting.filter(tries__lt=queued_mails.MAX_TRIES)
    mails = waiting.select_related("member__account__brand").order_by("pk")[:limit]
    return sum(queued_mails.send(mail, _message, RETRY_AFTER) for mail in mails)


def peek(token: str) -> AddressChange:
    """The change that a mailed link asks for. Raises BadLink or ExpiredLink."""
    (pk,) = signed_links.read(signed_links.ADDRESS, token)
    changes = AddressChange.objects.select_related("member__account__brand")
    found = changes.filter(pk=pk, member__status=Member.Status.ACTIVE).exclude(email="").first()
    if found is None:
        raise signed_links.BadLink
    return found


def make(token: str) -> Member:
    """Write to the new address from now on, and tell the old one.

    Raises BadLink, ExpiredLink, or AddressTaken.
    """
    try:
        with transaction.atomic():
            member, old = _make(peek(token))
    except IntegrityError:
        raise AddressTaken from None
    if old:
        _notice(member, old).send(fail_silently=True)
    return member


def _make(change: AddressChange) -> tuple[Member, str]:
    member = Member.objects.select_for_update().get(pk=change.member_id)
    if (
        not AddressChange.objects.filter(pk=change.pk, made_at=None)
        .exclude(email="")
        .update(made_at=timezone.now(), email="")
    ):
        raise signed_links.BadLink
    old = member.email
    set_address(member, change.email)
    member.save(update_fields=["email", "email_key", "email_hash"])
    return member, old


def _within_limits(member: Member, email_hash: str) -> bool:
    now = timezone.now()
    asked = AddressChange.objects
    limits = [
        (asked.filter(email_hash=email_hash), PER_ADDRESS),
        (asked.filter(member=member), PER_MEMBER),
    ]
    return all(
        rows.filter(asked_at__gt=now - span).count() < most
        for rows, spans in limits
        for span, most in spans.items()
    )


def _forget(before: datetime) -> None:
    AddressChange.objects.filter(asked_at__lt=before).exclude(email="").update(email="")


def _message(change: AddressChange) -> EmailMultiAlternatives:
    expires_at = change.asked_at + LINK_LIFE
    token = signed_links.make(signed_links.ADDRESS, change.pk, expires_at=expires_at)
    url = f"{settings.REGULARS_BASE_URL}/account/address/{token}/"
    made = queued_mails.message(
        "profiles/email/new_address", change.member, change.message_id, url=url
    )
    made.to = [change.email]
    return made


def _notice(member: Member, old: str) -> EmailMultiAlternatives:
    made = queued_mails.message(
        "profiles/email/address_changed", member, queued_mails.message_id(member.account.brand)
    )
    made.to = [old]
    return made
