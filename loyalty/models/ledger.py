"""The points ledger: an append-only, double-entry journal with dated lots.

Every business event is one ``Entry`` whose ``Posting`` rows sum to zero. Points a member may
spend sit in ``Lot`` rows; spending allocates from lots, nearest expiry first. ``Wallet`` holds
cached sums and is the one row that is locked. Only ``loyalty.ledger`` writes these tables.

An entry has three times: when it happened to the member (``occurred_at``), when it was written
(``recorded_at``), and in which month it counts for the books (``posted_at``: the first moment of
the oldest open month when what happened lies in a closed one).
"""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.models.earn_rules import EarnRule
from loyalty.models.purchases import Purchase, Refund
from profiles.models import Account


class Wallet(models.Model):
    """An account's points, as cached sums of its postings; the row to lock before writing.

    ``moved_to`` is the wallet that took over everything when accounts were merged.
    """

    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="wallet")
    active = models.BigIntegerField(default=0)
    pending = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    debt = models.BigIntegerField(default=0)
    moved_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True)

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
        MOVE = "move", _("Moved")  # between pending, active and held: nothing is gained or lost

    # "entry_by_wallet" begins with the wallet: no index of its own.
    wallet = models.ForeignKey(
        Wallet, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    source = models.CharField(max_length=20)
    idempotency_key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=200, blank=True)
    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, null=True, blank=True, related_name="entries"
    )
    refund = models.ForeignKey(
        Refund, on_delete=models.PROTECT, null=True, blank=True,
        related_name="entries", db_index=False,
    )  # fmt: skip
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    posted_at = models.DateTimeField(default=timezone.now)
    reverses = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True,
        related_name="reversals", db_index=False,
    )  # fmt: skip
    # What counts towards the tier, and when: a return is taken off the day of its purchase.
    qualifying = models.BigIntegerField(default=0)
    qualified_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", db_index=False,
    )  # fmt: skip
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", db_index=False,
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "idempotency_key"], name="entry_once"),
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=["earn", "redeem", "expire", "reverse", "adjust", "move"]
                ),
                name="entry_kind_known",
            ),
            models.CheckConstraint(
                condition=models.Q(qualifying=0) | models.Q(qualified_at__isnull=False),
                name="entry_qualifies_on_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None)
                | ~models.Q(approved_by=models.F("recorded_by")),
                name="entry_four_eyes",
            ),
        ]
        indexes = [
            # the statement reads one wallet's entries in order
            models.Index(fields=["wallet", "occurred_at"], name="entry_by_wallet"),
            # loyalty.tiers counts what qualifies within a window
            models.Index(
                fields=["wallet", "qualified_at", "qualifying"],
                condition=~models.Q(qualifying=0),
                name="entry_qualifying",
            ),
            # Few entries have these: an index of those that do costs the others nothing.
            *(
                models.Index(
                    fields=[name],
                    condition=models.Q(**{f"{name}__isnull": False}),
                    name=f"entry_with_{name}",
                )
                for name in ("refund", "reverses", "recorded_by", "approved_by")
            ),
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
        TRANSFERRED = "transferred", _("Moved to another wallet")

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings")
    ledger_account = models.CharField(max_length=11, choices=LedgerAccount.choices)
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount=0), name="posting_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.ledger_account} {self.amount:+}"


class Lot(models.Model):
    """A dated parcel of points: what one rule paid in one earning.

    ``is_pending`` tells on which ledger account its remaining points stand: pending until the
    ledger has booked their maturing, active from then on. ``shares`` are ``[line, points]`` pairs
    (``line`` is its position) that say how many of its points each line of the purchase brought.
    """

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="lots")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="lots")
    rule = models.ForeignKey(
        EarnRule, on_delete=models.PROTECT, null=True, blank=True, related_name="lots"
    )
    shares = models.JSONField(null=True, blank=True)
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
            models.CheckConstraint(
                condition=models.Q(expires_at=None)
                | models.Q(expires_at__gt=models.F("available_at")),
                name="lot_lasts_a_while",
            ),
        ]
        indexes = [
            # loyalty.ledger: what is left to spend, nearest expiry first
            models.Index(
                fields=["wallet", "expires_at"],
                condition=models.Q(remaining__gt=0),
                name="lot_to_spend",
            ),
            # loyalty.expiry: what has lapsed in all wallets
            models.Index(
                fields=["expires_at"], condition=models.Q(remaining__gt=0), name="lot_to_lapse"
            ),
            # loyalty.expiry: what has matured in all wallets
            models.Index(
                fields=["available_at"],
                condition=models.Q(is_pending=True, remaining__gt=0),
                name="lot_to_mature",
            ),
        ]

    def __str__(self) -> str:
        return f"lot {self.pk}"


class Allocation(models.Model):
    """How many points of a lot an entry took (positive) or gave back (negative), and what for.

    Points that are taken back after they were spent or lapsed come back to their lot first and
    are then taken from it: two allocations that cancel out.
    """

    class Part(models.TextChoices):
        SPENT = "spent", _("Spent")
        HELD = "held", _("Held")
        LAPSED = "lapsed", _("Lapsed")
        RETURNED = "returned", _("Taken back")
        MOVED = "moved", _("Moved to another lot")

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="allocations")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="allocations")
    part = models.CharField(max_length=8, choices=Part.choices, default=Part.SPENT)
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount=0), name="allocation_not_zero"),
            models.CheckConstraint(
                condition=models.Q(part__in=["spent", "held", "lapsed", "returned", "moved"]),
                name="allocation_part_known",
            ),
        ]

    def __str__(self) -> str:
        return f"allocation {self.amount}"


class Hold(models.Model):
    """Points set aside for something that is not certain yet: captured, released or run out.

    ``entry`` moved them from active to held. A hold that ran out is released as of
    ``expires_at``, whether or not a job ran.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CAPTURED = "captured", _("Captured")
        RELEASED = "released", _("Released")

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="holds")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="hold")
    points = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    expires_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.OneToOneField(
        Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="closes_hold"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(points__gt=0), name="hold_of_something"),
            models.CheckConstraint(
                condition=models.Q(state="open", closed_by=None)
                | models.Q(state__in=["captured", "released"], closed_by__isnull=False),
                name="hold_closed_by_an_entry",
            ),
        ]
        indexes = [
            # loyalty.ledger: holds that ran out
            models.Index(
                fields=["wallet", "expires_at"], condition=models.Q(state="open"), name="hold_open"
            ),
        ]

    def __str__(self) -> str:
        return f"hold of {self.points}"
