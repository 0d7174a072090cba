"""Offers, the unique codes that promise them, and their use at the till."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.models.purchases import Product, Purchase
from profiles.localised import LocalisedTextField, localise
from profiles.models import Brand, Member, Store


class Offer(models.Model):
    """What a voucher or an e-mail promises. Money is in minor units of ``currency``."""

    class Kind(models.TextChoices):
        AMOUNT = "amount", _("Amount off")
        PERCENT = "percent", _("Percent off")
        FREE = "free", _("Free product")

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="offers")
    key = models.SlugField(max_length=60)
    title = LocalisedTextField()
    description = LocalisedTextField(rows=2, blank=True)
    terms = LocalisedTextField(rows=2, blank=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    amount_minor = models.PositiveIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    percent = models.PositiveSmallIntegerField(null=True, blank=True)
    picture = models.SlugField(blank=True, help_text=_("Name of one of the club's illustrations."))
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    uses_per_voucher = models.PositiveSmallIntegerField(default=1)
    products: "models.ManyToManyField[Product, OfferProduct]" = models.ManyToManyField(
        Product, through="OfferProduct", related_name="offers", blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "key"], name="offer_key_once"),
            models.CheckConstraint(
                condition=models.Q(valid_until__gt=models.F("valid_from")), name="offer_has_a_span"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="amount", amount_minor__gt=0)
                | models.Q(kind="percent", percent__range=(1, 100))
                | models.Q(kind="free"),
                name="offer_value_fits_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(uses_per_voucher__gt=0), name="offer_can_be_used"
            ),
        ]

    def __str__(self) -> str:
        return localise(self.title, "en") or self.key


class OfferProduct(models.Model):
    """A product for which an offer counts; an offer without any counts for the whole basket."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE)
    product = models.ForeignKey(Product, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "product"], name="offer_product_once"),
        ]

    def __str__(self) -> str:
        return f"offer product {self.pk}"


class Voucher(models.Model):
    """A unique code that gives one member an offer. Written by ``loyalty.vouchers`` alone."""

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="vouchers")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="vouchers")
    code = models.CharField(max_length=24, unique=True)
    uses = models.PositiveSmallIntegerField(default=0)
    max_uses = models.PositiveSmallIntegerField(default=1)
    issued_at = models.DateTimeField(default=timezone.now)
    voided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "member"], name="voucher_once_per_member"),
            models.CheckConstraint(
                condition=models.Q(uses__lte=models.F("max_uses")), name="voucher_within_its_uses"
            ),
        ]
        indexes = [
            # the member's wallet page and the facts of a delivery
            models.Index(fields=["member", "offer"], name="voucher_by_member"),
        ]

    def __str__(self) -> str:
        return self.code


class VoucherUse(models.Model):
    """One redemption of a voucher at a till. Never updated or deleted."""

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="redemptions")
    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, null=True, blank=True, related_name="voucher_uses"
    )
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, blank=True)
    source = models.CharField(max_length=20)
    idempotency_key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    value_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, default="EUR")
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    replayed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "idempotency_key"], name="voucher_use_once"),
        ]

    def __str__(self) -> str:
        return f"use of {self.voucher_id}"
