"""What the till, the shop or the ERP reports. Money is in minor units (cents)."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from profiles.models import Account, Brand, Member, Store


class Product(models.Model):
    """An article; department, category and kind come from the company's own catalogue."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="products")
    sku = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    department = models.CharField(max_length=60, blank=True)
    category = models.CharField(max_length=60, blank=True)
    label = models.CharField(max_length=40, blank=True, help_text="National or private label.")
    size = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "sku"], name="product_sku_once")]
        indexes = [
            # campaigns.segments asks who bought from a department or category
            models.Index(fields=["department"], name="product_department"),
            models.Index(fields=["category"], name="product_category"),
        ]

    def __str__(self) -> str:
        return self.name


class Purchase(models.Model):
    """One basket. ``occurred_at`` is when it happened at the counter, whenever it was reported."""

    # "purchase_by_account" and "purchase_by_brand" begin with these: no index of their own.
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="purchases", db_index=False
    )
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="purchases"
    )
    brand = models.ForeignKey(
        Brand, on_delete=models.PROTECT, related_name="purchases", db_index=False
    )
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, blank=True)
    source = models.CharField(max_length=20)
    external_id = models.CharField(max_length=64)
    request_hash = models.CharField(max_length=64, blank=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="purchase_once"),
        ]
        indexes = [
            # the member page, statements and segments read an account's purchases by date
            models.Index(fields=["account", "occurred_at"], name="purchase_by_account"),
            # loyalty.earning goes through a brand's purchases by moment
            models.Index(fields=["brand", "occurred_at"], name="purchase_by_brand"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"


class PurchaseLine(models.Model):
    """One article in a basket. A line without a known product is kept and counted as such."""

    purchase = models.ForeignKey(Purchase, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(default=0)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, blank=True)
    quantity = models.IntegerField()
    amount_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"line {self.pk}"


class Refund(models.Model):
    """What was brought back, from one purchase; its lines say how much of which line.

    ``purchase`` is empty for a receipt from before the switch that nobody loaded: then only
    ``points_back`` says what it takes.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="refunds")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="refunds")
    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, null=True, blank=True, related_name="refunds"
    )
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, blank=True)
    source = models.CharField(max_length=20)
    external_id = models.CharField(max_length=64)
    request_hash = models.CharField(max_length=64, blank=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    points_back = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="refund_once"),
            models.CheckConstraint(
                condition=models.Q(total_minor__gte=0, points_back__gte=0),
                name="refund_never_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"


class RefundLine(models.Model):
    """How much of a purchase's line came back; never more than was bought."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(PurchaseLine, on_delete=models.PROTECT, related_name="refund_lines")
    quantity = models.PositiveIntegerField()
    amount_minor = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"refund line {self.pk}"


class PendingReturn(models.Model):
    """A return that came before its purchase; it is booked when the purchase arrives."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for the purchase")
        BOOKED = "booked", _("Booked")
        REFUSED = "refused", _("Refused")

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="pending_returns")
    source = models.CharField(max_length=20)
    external_id = models.CharField(max_length=64)
    purchase_source = models.CharField(max_length=20)
    purchase_external_id = models.CharField(max_length=64)
    request_hash = models.CharField(max_length=64)
    body = models.JSONField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="pending_return_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "booked", "refused"]),
                name="pending_return_state_known",
            ),
        ]
        indexes = [
            # loyalty.returns: what waits for a purchase that has just come
            models.Index(
                fields=["purchase_source", "purchase_external_id"],
                condition=models.Q(state="waiting"),
                name="pending_return_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"
