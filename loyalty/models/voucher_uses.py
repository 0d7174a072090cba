"""A voucher's life at the till: reserved, used, undone, refused."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.models.offers import Offer
from loyalty.models.purchases import Purchase, Refund
from loyalty.models.vouchers import Voucher
from profiles.models import Member, Store


class RefusalReason(models.TextChoices):
    """Why a till was refused; told to staff, never to the till."""

    UNKNOWN = "unknown", _("There is no such code")
    OTHER_BRAND = "other_brand", _("It belongs to another brand")
    OTHER_MEMBER = "other_member", _("It belongs to another member")
    NOT_ASSIGNED = "not_assigned", _("The code was given to nobody yet")
    MEMBER_NEEDED = "member_needed", _("Limited per member, and the till named none")
    VOID = "void", _("It was voided")
    NOT_YET = "not_yet", _("It is not valid yet")
    EXPIRED = "expired", _("It is no longer valid")
    USED = "used", _("It has been used")
    RESERVED = "reserved", _("Another till has it reserved")
    LIMIT_REACHED = "limit_reached", _("The offer has been used as often as it may be")
    MINIMUM_BASKET = "minimum_basket", _("The basket costs too little")
    NO_MATCHING_PRODUCT = "no_matching_product", _("Nothing in the basket matches")
    OTHER_CURRENCY = "other_currency", _("The basket is in another currency")
    NOT_COMBINABLE = "not_combinable", _("It does not combine with another voucher")
    THROTTLED = "throttled", _("Too many unknown codes came from there")


class VoucherReservation(models.Model):
    """A use that a till has set aside until it is captured, released or its time runs out.

    It is live while open and before ``expires_at``; no job is needed for its end. Written by
    ``loyalty.voucher_reservations`` alone.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CAPTURED = "captured", _("Captured")
        RELEASED = "released", _("Released")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="reservations")
    # the voucher's, repeated here for the count of an offer's live reservations
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, blank=True)
    source = models.CharField(max_length=20)
    idempotency_key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    value_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    reserved_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True)
    closing_key = models.CharField(max_length=80, blank=True)
    closing_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "idempotency_key"], name="voucher_reservation_once"
            ),
            models.UniqueConstraint(
                fields=["source", "closing_key"],
                condition=~Q(closing_key=""),
                name="voucher_reservation_closed_once",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("reserved_at")), name="voucher_reservation_lasts"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None)
                | Q(state__in=["captured", "released"], closed_at__isnull=False),
                name="voucher_reservation_closed_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(value_minor__gte=0), name="voucher_reservation_never_negative"
            ),
        ]
        indexes = [
            # loyalty.voucher_limits: live ones of a voucher, and of an offer with a limit
            models.Index(
                fields=["voucher", "expires_at"],
                condition=Q(state="open"),
                name="reservation_of_voucher",
            ),
            models.Index(
                fields=["offer", "expires_at"],
                condition=Q(state="open"),
                name="reservation_of_offer",
            ),
        ]

    def __str__(self) -> str:
        return f"reservation of {self.voucher_id}"


class VoucherUse(models.Model):
    """One redemption of a voucher at a till. Never updated or deleted.

    ``over_limit`` marks what a till accepted offline although something spoke against it
    (``against``). ``is_counted`` tells whether it took one of the voucher's uses.
    """

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="redemptions")
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="voucher_uses"
    )
    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, null=True, blank=True, related_name="voucher_uses"
    )
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, blank=True)
    reservation = models.OneToOneField(
        VoucherReservation, on_delete=models.PROTECT, null=True, blank=True, related_name="use"
    )
    source = models.CharField(max_length=20)
    idempotency_key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    value_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, default="EUR")
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    replayed = models.BooleanField(default=False)
    over_limit = models.BooleanField(default=False)
    against = models.CharField(max_length=20, choices=RefusalReason.choices, blank=True)
    is_counted = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "idempotency_key"], name="voucher_use_once"),
            models.CheckConstraint(
                condition=Q(value_minor__gte=0), name="voucher_use_never_negative"
            ),
            models.CheckConstraint(
                condition=Q(over_limit=False, against="", is_counted=True)
                | (Q(over_limit=True) & ~Q(against="")),
                name="voucher_use_flagged_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"use of {self.voucher_id}"


class VoucherUseReversal(models.Model):
    """A use that was undone because its purchase was returned. Never updated or deleted."""

    use = models.OneToOneField(VoucherUse, on_delete=models.PROTECT, related_name="reversal")
    refund = models.ForeignKey(
        Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="voucher_reversals"
    )
    source = models.CharField(max_length=20)
    idempotency_key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "idempotency_key"], name="voucher_use_reversed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"reversal of use {self.use_id}"


class VoucherRefusal(models.Model):
    """A till was refused, and why. Rows are deleted after a while by ``voucher_refusals.forget``.

    A code is kept as a keyed hash, so that one typed wrong by a hair gives away no good one.
    """

    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=20, choices=RefusalReason.choices)
    source = models.CharField(max_length=20)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, blank=True)
    voucher = models.ForeignKey(
        Voucher, on_delete=models.PROTECT, null=True, blank=True, related_name="refusals"
    )
    code_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=RefusalReason.values), name="voucher_refusal_reason_known"
            ),
        ]
        indexes = [
            # voucher_refusals.why_refused, for the service desk
            models.Index(fields=["code_hash", "at"], name="voucher_refusal_of_code"),
            # voucher_refusals.forget
            models.Index(fields=["at"], name="voucher_refusal_at"),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"
