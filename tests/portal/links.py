"""Addresses as a mail carries them."""

from datetime import datetime

from profiles import signed_links
from profiles.models import Member, Topic


def confirm(member: Member, expires_at: datetime | None = None) -> str:
    """The link of the confirmation mail."""
    token = signed_links.make(signed_links.CONFIRM, member.pk, expires_at=expires_at)
    return f"/confirm/{token}/"


def preferences(member: Member) -> str:
    """The member's preference centre."""
    return f"/preferences/{_key(member)}/"


def card(member: Member) -> str:
    """The member's card."""
    return f"/card/{_key(member)}/"


def unsubscribe(member: Member, topic: Topic, delivery_id: int = 0) -> str:
    """Where a mail's unsubscribe link leads, by a page or by one click."""
    token = signed_links.make(signed_links.UNSUBSCRIBE, member.pk, topic.pk, delivery_id)
    return f"/unsubscribe/{token}/"


def offer(voucher_id: int, delivery_id: int = 0) -> str:
    """The page of a member's voucher."""
    return f"/offer/{signed_links.make(signed_links.OFFER, voucher_id, delivery_id)}/"


def _key(member: Member) -> str:
    return signed_links.make(signed_links.PREFERENCES, member.pk, 0)
