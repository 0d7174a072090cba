"""The points ledger: an append-only, double-entry journal with dated lots.

Every business event is one ``Entry`` whose ``Posting`` rows sum to zero. Points a member may
spend sit in ``Lot`` rows; spending allocates from lots, nearest expiry first. ``Wallet`` holds
cached sums and is the one row that is locked. Only ``loyalty.ledger`` writes these tables.
"""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.models.purchases import Purchase
from profiles.models import Account


class Wallet(models.Model):
    """An account's points, as cached sums of its postings; the row to lock before writing."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="wallet")
    active = models.BigIntegerField(default=0)
    pending = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    debt = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(active__gte=0, pending__gte=0, held__gte=0, debt__gte=0),
                name="wallet_never_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"wallet {self.pk}"


class Entry(models.Model):
    """One thing that happened to points. Never updated or deleted."""

    class Kind(models.TextChoices):
        EARN = "earn", _("Earned")
        REDEEM = "redeem", _("Redeemed")
        EXPIRE = "expire", _("Expired")
        REVERSE = "reverse", _("Reversed")
        ADJUST = "adjust", _("Adjusted")

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    source = models.CharField(max_length=20)
    idempotency_key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=120, blank=True)
    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, null=True, blank=True, related_name="entries"
    )
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    reverses = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "idempotency_key"], name="entry_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["earn", "redeem", "expire", "reverse", "adjust"]),
                name="entry_kind_known",
            ),
        ]
        indexes = [
            # the statement reads one wallet's entries in order
            models.Index(fields=["wallet", "occurred_at"], name="entry_by_wallet"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Posting(models.Model):
    """One leg of an entry; the legs of an entry sum to zero. Never updated or deleted."""

    class LedgerAccount(models.TextChoices):
        ACTIVE = "active", _("Member, active")
        PENDING = "pending", _("Member, pending")
        HELD = "held", _("Member, held")
        DEBT = "debt", _("Member, debt")
        ISSUED = "issued", _("Issued")
        REDEEMED = "redeemed", _("Redeemed")
        EXPIRED = "expired", _("Expired")
        ADJUSTED = "adjusted", _("Adjusted")

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings")
    ledger_account = models.CharField(max_length=8, choices=LedgerAccount.choices)
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount=0), name="posting_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.ledger_account} {self.amount:+}"


class Lot(models.Model):
    """A dated parcel of points from one earning.

    ``is_pending`` tells on which ledger account its remaining points stand: pending until the
    ledger has booked their maturing, active from then on.
    """

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="lots")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="lot")
    original = models.BigIntegerField()
    remaining = models.BigIntegerField()
    available_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    is_pending = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    original__gt=0, remaining__gte=0, remaining__lte=models.F("original")
                ),
                name="lot_within_original",
            ),
        ]
        indexes = [
            # loyalty.ledger: what is left to spend, nearest expiry first
            models.Index(
                fields=["wallet", "expires_at"],
                condition=models.Q(remaining__gt=0),
                name="lot_to_spend",
            ),
        ]

    def __str__(self) -> str:
        return f"lot {self.pk}"


class Allocation(models.Model):
    """How many points of a lot an entry took (positive) or gave back (negative)."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="allocations")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="allocations")
    amount = models.BigIntegerField()

    def __str__(self) -> str:
        return f"allocation {self.amount}"
