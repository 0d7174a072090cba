"""Offers: what a voucher or an e-mail promises, for which articles, and how often."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from loyalty.models.purchases import Product
from profiles.localised import LocalisedTextField, localise
from profiles.models import Brand, Member


class Offer(ClusterableModel):
    """What a voucher or an e-mail promises. Money is in minor units of ``currency``.

    Limits count uses of all its vouchers, live reservations included: ``per_member_limit`` for
    one member, ``overall_limit`` for everyone. Of several offers on a basket the one with the
    smallest ``stacking_order`` comes first; one that does not combine counts alone.
    """

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
    max_discount_minor = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Percent off, but never more than this, in cents.")
    )
    minimum_minor = models.PositiveIntegerField(
        default=0, help_text=_("What the basket must cost before vouchers, in cents.")
    )
    picture = models.SlugField(blank=True, help_text=_("Name of one of the club's illustrations."))
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    uses_per_voucher = models.PositiveSmallIntegerField(default=1)
    per_member_limit = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Uses by one member, of all their vouchers together.")
    )
    overall_limit = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Uses by everyone together.")
    )
    combines = models.BooleanField(
        default=True, help_text=_("May be used on a basket together with other vouchers.")
    )
    stacking_order = models.PositiveSmallIntegerField(
        default=100, help_text=_("The smallest comes first when several are used together.")
    )
    comes_back = models.BooleanField(
        default=False, help_text=_("When the purchase is returned, the voucher can be used again.")
    )
    products: "models.ManyToManyField[Product, OfferProduct]" = models.ManyToManyField(
        Product, through="OfferProduct", related_name="offers", blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "key"], name="offer_key_once"),
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("valid_from")), name="offer_has_a_span"
            ),
            models.CheckConstraint(
                # A check that comes to NULL passes: nothing has to be refused by name.
                condition=Q(kind="amount", amount_minor__isnull=False, amount_minor__gt=0)
                | Q(kind="percent", percent__isnull=False, percent__range=(1, 100))
                | Q(kind="free"),
                name="offer_value_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(max_discount_minor=None) | Q(kind="percent", max_discount_minor__gt=0),
                name="offer_caps_a_percentage",
            ),
            models.CheckConstraint(condition=Q(uses_per_voucher__gt=0), name="offer_can_be_used"),
            models.CheckConstraint(
                condition=(Q(per_member_limit=None) | Q(per_member_limit__gt=0))
                & (Q(overall_limit=None) | Q(overall_limit__gt=0)),
                name="offer_limits_allow_a_use",
            ),
        ]

    def __str__(self) -> str:
        return localise(self.title, "en") or self.key

    @property
    def has_limits(self) -> bool:
        """Whether its uses are counted over all vouchers."""
        return bool(self.per_member_limit or self.overall_limit)


class OfferProduct(models.Model):
    """A product for which an offer counts."""

    offer = ParentalKey(Offer, on_delete=models.CASCADE)
    product = models.ForeignKey(Product, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "product"], name="offer_product_once"),
        ]

    def __str__(self) -> str:
        return f"offer product {self.pk}"


class OfferScope(models.Model):
    """A category or department for which an offer counts, or what it never counts for.

    An offer counts for the articles that it includes, by ``OfferProduct`` or here; for all, when
    it includes none; and never for one that is excluded.
    """

    offer = ParentalKey(Offer, on_delete=models.CASCADE, related_name="scopes")
    is_excluded = models.BooleanField(default=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, blank=True)
    category = models.CharField(max_length=60, blank=True)
    department = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(product__isnull=False, category="", department="")
                | (Q(product=None, department="") & ~Q(category=""))
                | (Q(product=None, category="") & ~Q(department="")),
                name="offer_scope_names_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return self.category or self.department or str(self.product)


class OfferTally(models.Model):
    """How often an offer with a limit was used: by one member, or by everyone (no member).

    The row is also the lock under which live reservations are counted. Written by
    ``loyalty.voucher_limits`` alone.
    """

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="tallies")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    uses = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["offer"], condition=Q(member=None), name="offer_tally_once"
            ),
            models.UniqueConstraint(fields=["offer", "member"], name="offer_tally_once_per_member"),
            models.CheckConstraint(condition=Q(uses__gte=0), name="offer_tally_never_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.uses} uses of offer {self.offer_id}"
