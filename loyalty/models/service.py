"""What the service desk does for a member: on one clerk's word, or on two people's."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.models.ledger import Entry
from loyalty.models.purchases import Purchase
from loyalty.models.vouchers import Voucher
from profiles.models import Account, Brand, Member, Store


class ServiceLimits(models.Model):
    """What a clerk may do alone; a brand without a row goes by the defaults.

    Points of a single adjustment are limited by ``LoyaltyRules.adjustment_limit``.
    """

    brand = models.OneToOneField(Brand, on_delete=models.PROTECT, related_name="service_limits")
    receipt_minor = models.PositiveBigIntegerField(
        _("biggest receipt"), default=20_000, help_text=_("In cents.")
    )
    receipt_days = models.PositiveSmallIntegerField(_("oldest receipt in days"), default=30)
    receipts_per_day = models.PositiveSmallIntegerField(_("receipts a day"), default=20)
    points_per_day = models.PositiveIntegerField(_("points a day"), default=2_000)
    vouchers_per_day = models.PositiveSmallIntegerField(_("vouchers a day"), default=10)

    class Meta:
        verbose_name = _("limits of the service desk")
        verbose_name_plural = _("limits of the service desk")

    def __str__(self) -> str:
        return f"{self.brand}"

    @classmethod
    def of(cls, brand: Brand) -> "ServiceLimits":
        """The brand's limits, or the defaults, unsaved."""
        return cls.objects.filter(brand=brand).first() or cls(brand=brand)


class ServiceRequest(models.Model):
    """Who asked for what, for whom and why; who decided; and what came of it.

    Approved without ``decided_by``: it was within the clerk's limits. ``second_for`` says why a
    second person is needed. Only ``loyalty.service_desk`` writes here.
    """

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("Missing receipt")
        POINTS = "points", _("Points given or taken")
        VOUCHER = "voucher", _("Voucher replaced")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for a second person")
        APPROVED = "approved", _("Done")
        REFUSED = "refused", _("Refused")

    class SecondFor(models.TextChoices):
        OWN_ACCOUNT = "own_account", _("The clerk's own account")
        AMOUNT = "amount", _("Above the limit")
        DAY = "day", _("Above the limit of a day")
        AGE = "age", _("An old receipt")
        ALIKE = "alike", _("A purchase of that day and amount is known")
        AGAIN = "again", _("A replacement is replaced")

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="service_requests")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="service_requests")
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="service_requests"
    )
    kind = models.CharField(max_length=7, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    second_for = models.CharField(max_length=11, choices=SecondFor.choices, blank=True)
    key = models.CharField(max_length=80, unique=True)
    request_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=200)
    # a missing receipt: ``receipt`` is store, day and number; ``lines`` as in LineData
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, blank=True)
    receipt = models.CharField(max_length=64, blank=True)
    occurred_at = models.DateTimeField(null=True, blank=True)
    lines = models.JSONField(default=list)
    amount_minor = models.BigIntegerField(default=0)
    # points
    points = models.BigIntegerField(default=0)
    # a voucher, and the points that are given: the end of what is given, if not the usual one
    voucher = models.ForeignKey(
        Voucher, on_delete=models.PROTECT, null=True, blank=True, related_name="service_requests"
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    # who, and what came of it
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    purchase = models.OneToOneField(
        Purchase, on_delete=models.PROTECT, null=True, blank=True, related_name="service_request"
    )
    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="service_request"
    )
    replacement = models.OneToOneField(
        Voucher, on_delete=models.PROTECT, null=True, blank=True, related_name="service_request"
    )

    class Meta:
        permissions = [("decide_servicerequest", "Can decide as the second person")]
        constraints = [
            models.UniqueConstraint(
                fields=["receipt"],
                condition=~Q(receipt="") & ~Q(state="refused"),
                name="service_receipt_once",
            ),
            models.UniqueConstraint(
                fields=["voucher"],
                condition=Q(voucher__isnull=False) & ~Q(state="refused"),
                name="service_voucher_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="receipt", store__isnull=False, occurred_at__isnull=False)
                & ~Q(receipt="")
                | Q(kind="points", receipt="", voucher=None) & ~Q(points=0)
                | Q(kind="voucher", receipt="", voucher__isnull=False),
                name="service_request_says_what",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="service_request_says_why"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("requested_by")),
                name="service_request_four_eyes",
            ),
            # Without a second person only what needs none is done.
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by=None, decided_at=None) & ~Q(second_for="")
                | Q(state="approved", second_for="", decided_by=None, decided_at__isnull=False)
                | Q(
                    state__in=["approved", "refused"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                )
                & ~Q(second_for=""),
                name="service_request_decided",
            ),
        ]
        indexes = [
            # what the second person finds waiting
            models.Index(
                fields=["brand", "requested_at"],
                condition=Q(state="waiting"),
                name="service_request_waiting",
            ),
            # loyalty.service_limits counts what a clerk did today
            models.Index(fields=["requested_by", "requested_at"], name="service_request_clerk"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
