"""Mails of our own that wait in a table: sent at least once, each time under one Message-ID."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone, translation

from profiles.models import AddressChange, Brand, Member, OptInMail, SignInMail

Mail = TypeVar("Mail", OptInMail, SignInMail, AddressChange)
MAX_TRIES = 6


def message_id(brand: Brand) -> str:
    """A new Message-ID under the brand's domain (RFC 5322 §3.6.4)."""
    return f"<{uuid.uuid4().hex}@{brand.sender_email.rpartition('@')[2]}>"


def send(
    mail: Mail, write: Callable[[Mail], EmailMultiAlternatives], again_after: timedelta
) -> bool:
    """Send a mail that waits; return whether it went out. A failed one is tried again later."""
    # Taking the turn by a conditional UPDATE keeps two workers from sending the same mail.
    rows: Any = type(mail)._default_manager.filter(pk=mail.pk, sent_at=None)
    later = timezone.now() + again_after * 2**mail.tries
    if not rows.filter(next_try_at=mail.next_try_at).update(
        next_try_at=later, tries=F("tries") + 1
    ):
        return False
    try:
        write(mail).send()
    except OSError:
        return False
    rows.update(sent_at=timezone.now())
    return True


def message(
    template: str, member: Member, message_id: str, **facts: object
) -> EmailMultiAlternatives:
    """A mail to one member in their language: subject, text and HTML of one name."""
    brand = member.account.brand
    context = {"brand": brand, "member": member, "language": member.language, **facts}
    with translation.override(member.language):
        subject = render_to_string(f"{template}.subject.txt", context)
        made = EmailMultiAlternatives(
            subject=" ".join(subject.split()),
            body=render_to_string(f"{template}.txt", context),
            from_email=f"{brand.sender_name} <{brand.sender_email}>",
            to=[member.email],
            headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated"},
        )
        made.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    return made
