"""Whom a delivery goes to: what is read of it and its member, a batch at a time."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from campaigns.models import Delivery
from profiles.models import Member


class Recipient(NamedTuple):
    """A delivery and its member, as far as a mail needs them. Rows, not models, for speed."""

    delivery_id: int
    attempt: int
    tracked: bool
    compiled_email_id: int
    business_at: datetime
    member_id: int
    account_id: int
    email: str
    first_name: str
    last_name: str
    language: str
    points: int

    @property
    def full_name(self) -> str:
        """First and last name, or an empty string."""
        return f"{self.first_name} {self.last_name}".strip()


def recipients(rows: QuerySet[Delivery]) -> list[Recipient]:
    """Read them in one query."""
    found = rows.values_list(
        "pk",
        "attempt",
        "tracked",
        "compiled_email_id",
        "business_at",
        "member_id",
        "member__account_id",
        "member__email",
        "member__first_name",
        "member__last_name",
        "member__language",
        "member__account__wallet__active",
    )
    # An account without a wallet has never earned anything.
    return [Recipient(*row[:-1], row[-1] or 0) for row in found.order_by("pk")]


def reader(member: Member) -> Recipient:
    """The member as the recipient of a mail that is only looked at."""
    wallet = getattr(member.account, "wallet", None)
    return Recipient(
        delivery_id=0,
        attempt=1,
        tracked=False,
        compiled_email_id=0,
        business_at=member.created_at,
        member_id=member.pk,
        account_id=member.account_id,
        email=member.email,
        first_name=member.first_name,
        last_name=member.last_name,
        language=member.language,
        points=wallet.active if wallet else 0,
    )
