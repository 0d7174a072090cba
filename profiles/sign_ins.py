"""Signing in by a code that is mailed: who may, the code's mail, and the sign-in itself.

A member's sign-in is made when they first ask for a code. It holds neither address nor password:
who the member is stands in ``Member`` alone.
"""

from datetime import timedelta

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone

from profiles import queued_mails
from profiles.addresses import InvalidAddress, normalise
from profiles.models import Member, SignInMail, User

CODE_LIFE = timedelta(minutes=15)
RETRY_AFTER = timedelta(seconds=20)
KEPT = timedelta(days=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PER_MEMBER = {HOUR: 6, DAY: 20}


def find(email: str) -> Member | None:
    """The active member with this address; nobody for an address that is none."""
    try:
        key = normalise(email)
    except InvalidAddress:
        return None
    active = Member.objects.filter(email_key=key, status=Member.Status.ACTIVE)
    return active.select_related("user", "account__brand").first()


@transaction.atomic
def sign_in_of(member: Member) -> User:
    """The member's sign-in, made when there is none yet."""
    locked = Member.objects.select_for_update(of=("self",)).select_related("user").get(pk=member.pk)
    if isinstance(locked.user, User):
        return locked.user
    user = User(username=f"member-{member.public_id.hex}")
    user.set_unusable_password()
    user.save()
    Member.objects.filter(pk=member.pk).update(user=user)
    return user


def member_of(user: object) -> Member | None:
    """The living member whose sign-in this is; nobody for staff and strangers."""
    if not isinstance(user, User) or not user.is_active:
        return None
    living = (Member.Status.ACTIVE, Member.Status.LEFT)
    mine = Member.objects.filter(user=user, status__in=living)
    return mine.select_related("account__brand").first()


def may_ask(member: Member) -> bool:
    """Whether the member has asked for few enough codes lately."""
    now = timezone.now()
    asked = SignInMail.objects.filter(member=member)
    return all(
        asked.filter(asked_at__gt=now - span).count() < most for span, most in PER_MEMBER.items()
    )


def queue_code(member: Member, code: str) -> bool:
    """Queue the mail with a code; return False when the member has asked too often."""
    if not may_ask(member):
        return False
    SignInMail.objects.create(
        member=member, code=code, message_id=queued_mails.message_id(member.account.brand)
    )
    return True


def send_waiting(limit: int = 200) -> int:
    """Send the codes that wait and still hold; return how many went out."""
    now = timezone.now()
    SignInMail.objects.filter(asked_at__lt=now - KEPT).delete()
    waiting = SignInMail.objects.filter(sent_at=None, next_try_at__lte=now)
    waiting = waiting.filter(asked_at__gt=now - CODE_LIFE, tries__lt=queued_mails.MAX_TRIES)
    mails = waiting.select_related("member__account__brand").order_by("pk")[:limit]
    return sum(_send(mail) for mail in mails)


def _send(mail: SignInMail) -> bool:
    if not queued_mails.send(mail, _message, RETRY_AFTER):
        return False
    SignInMail.objects.filter(pk=mail.pk).update(code="")
    return True


def _message(mail: SignInMail) -> EmailMultiAlternatives:
    minutes = CODE_LIFE // timedelta(minutes=1)
    return queued_mails.message(
        "profiles/email/sign_in", mail.member, mail.message_id, code=mail.code, minutes=minutes
    )
