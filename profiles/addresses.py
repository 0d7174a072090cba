"""E-mail addresses: their normalised form, their keyed hash, and the hash of who asked.

Normalisation is for matching only and knows case and IDNA, nothing provider-specific; mail goes
to what was typed.
"""

import hashlib
import hmac

from django.conf import settings
from email_validator import EmailNotValidError, validate_email

from profiles.models import Member

MAX_LENGTH = 254


class InvalidAddress(ValueError):
    """The text is not an e-mail address; the message says why."""


def normalise(email: str) -> str:
    """Return the matching key of ``email``: lower case, domain in its ASCII (IDNA) form.

    Raises InvalidAddress when the syntax is wrong. No DNS is asked.
    """
    try:
        parts = validate_email(
            email.strip(), check_deliverability=False, test_environment=settings.REGULARS_DEMO
        )
    except EmailNotValidError as error:
        raise InvalidAddress(str(error)) from None
    if "=?" in parts.local_part:
        # Some servers decode it (RFC 2047 §5 forbids that) and mail somebody else.
        raise InvalidAddress("The address looks like an encoded word.")
    key = f"{parts.local_part.lower()}@{parts.ascii_domain.lower()}"
    if len(key) > MAX_LENGTH:
        raise InvalidAddress("The address is too long.")
    return key


def hash_of(email_key: str) -> str:
    """Return the keyed hash (hex SHA-256) under which a normalised address is suppressed."""
    return _keyed_hash("address", email_key)


def requester_hash(ip_address: str) -> str:
    """Return the keyed hash of who asked, kept as evidence without keeping the IP address."""
    return _keyed_hash("requester", ip_address) if ip_address else ""


def set_address(member: Member, email: str) -> None:
    """Set or clear the address with its key and hash; the caller saves the member."""
    member.email = email.strip()
    member.email_key = normalise(email) if member.email else ""
    member.email_hash = hash_of(member.email_key) if member.email_key else ""


def _keyed_hash(purpose: str, text: str) -> str:
    key = f"{settings.REGULARS_ADDRESS_KEY}:{purpose}".encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
