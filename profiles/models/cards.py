"""Cards, printed in bulk or shown on a phone, and what happened to each.

Only ``profiles.cards``, ``profiles.households`` and ``loyalty.claiming`` change them.
"""

import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from profiles.models.brands import Brand
from profiles.models.members import Account, Member

DIGITS = 13
# GS1 keeps the prefixes 20 to 29 for numbers in use within a company: they are no article's.
SINGLE_PREFIX = "29"


def with_check_digit(digits: str) -> str:
    """Append the check digit of an EAN-13 to its twelve digits (GS1 General Specifications 7.9)."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def new_card_number() -> str:
    """Return a random 13-digit number (EAN-13) for a single card; no batch uses its prefix."""
    return with_check_digit(f"{SINGLE_PREFIX}{secrets.randbelow(10**10):010}")


class CardBatch(models.Model):
    """Plastic cards printed together; their numbers begin with ``prefix``."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="card_batches")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=4, unique=True)
    count = models.PositiveIntegerField()
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(count__gt=0), name="card_batch_of_some"),
        ]

    def __str__(self) -> str:
        return self.name


class Card(models.Model):
    """A plastic or digital card; the till knows a household by it.

    A blank card, fresh from its batch, has a brand and no account: its first use opens one.
    ``member`` is empty on a card that nobody has claimed, or that the whole household shares.
    """

    brand = models.ForeignKey(
        Brand, on_delete=models.PROTECT, null=True, blank=True, related_name="cards"
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, blank=True, related_name="cards"
    )
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="cards"
    )
    batch = models.ForeignKey(
        CardBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="cards"
    )
    number = models.CharField(max_length=32, unique=True, default=new_card_number)
    issued_at = models.DateTimeField(default=timezone.now)
    blocked_at = models.DateTimeField(null=True, blank=True)
    replaced_by = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaces"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(account__isnull=False) | models.Q(brand__isnull=False),
                name="card_of_a_club",
            ),
            models.CheckConstraint(
                condition=models.Q(member=None) | models.Q(account__isnull=False),
                name="card_of_a_member_has_account",
            ),
            models.CheckConstraint(
                condition=models.Q(replaced_by=None) | models.Q(blocked_at__isnull=False),
                name="card_replaced_is_blocked",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CardEvent(models.Model):
    """One thing that happened to a card. Never updated or deleted."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("First used")
        CLAIMED = "claimed", _("Claimed")
        BLOCKED = "blocked", _("Blocked")
        UNBLOCKED = "unblocked", _("Unblocked")
        REPLACED = "replaced", _("Replaced")

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    occurred_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=["opened", "claimed", "blocked", "unblocked", "replaced"]
                ),
                name="card_event_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.card_id}"
