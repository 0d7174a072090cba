"""Rewards: what points buy, in which amounts, how many there are, and who has taken which."""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from loyalty.models.ledger import Entry, Hold
from loyalty.models.offers import Offer
from loyalty.models.tiers import Tier
from loyalty.models.vouchers import Voucher
from profiles.localised import LocalisedTextField, localise
from profiles.models import Account, Brand, Member


class Reward(ClusterableModel):
    """Something members take for points, in one of its ``amounts``.

    ``stock`` is how many may be taken altogether while it is limited; what is taken is counted in
    ``RewardTally``, so that an edit of this row never overwrites the count. ``limit_per_account``
    holds for ever, or for any ``limit_days`` in a row. ``voucher_days`` is how long a voucher
    lasts from the day it is given; without it, as long as its offer.
    """

    class Fulfilment(models.TextChoices):
        INSTANT = "instant", _("At once")
        STAFF = "staff", _("Confirmed by staff")

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="rewards")
    key = models.SlugField(max_length=60)
    title = LocalisedTextField()
    description = LocalisedTextField(rows=2, blank=True)
    terms = LocalisedTextField(rows=2, blank=True)
    picture = models.SlugField(blank=True, help_text=_("Name of one of the club's illustrations."))
    fulfilment = models.CharField(
        max_length=7, choices=Fulfilment.choices, default=Fulfilment.INSTANT
    )
    offer = models.ForeignKey(
        Offer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="rewards",
        help_text=_("Who takes the reward gets a voucher of this offer."),
    )
    voucher_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("How many days the voucher lasts.")
    )
    stock = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("How many there are altogether; empty: enough for all.")
    )
    limit_per_account = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("How many a household may take.")
    )
    limit_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("The limit counts these last days; empty: for ever.")
    )
    minimum_tier = models.ForeignKey(
        Tier, on_delete=models.PROTECT, null=True, blank=True, related_name="rewards"
    )
    valid_from = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField(null=True, blank=True)
    is_featured = models.BooleanField(default=False)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-is_featured", "order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["brand", "key"], name="reward_key_once"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="reward_has_a_span",
            ),
            models.CheckConstraint(
                condition=Q(fulfilment__in=["instant", "staff"]), name="reward_fulfilment_known"
            ),
            models.CheckConstraint(
                condition=Q(limit_per_account=None) | Q(limit_per_account__gt=0),
                name="reward_limit_allows_one",
            ),
            models.CheckConstraint(
                condition=Q(limit_days=None) | Q(limit_days__gt=0, limit_per_account__isnull=False),
                name="reward_days_are_of_a_limit",
            ),
        ]

    def __str__(self) -> str:
        return localise(self.title, "en") or self.key

    @property
    def left(self) -> int | None:
        """How many are left to take; None when there are enough for all."""
        if self.stock is None:
            return None
        tally = getattr(self, "tally", None)
        return max(0, self.stock - (tally.taken if tally else 0))

    def clean(self) -> None:
        """Refuse an offer or a tier of another brand."""
        for name in ("offer", "minimum_tier"):
            other = getattr(self, name)
            if other and other.brand_id != self.brand_id:
                raise ValidationError({name: _("This belongs to another brand.")})


class RewardAmount(models.Model):
    """One way to take a reward: so many points for so much (minor units), or for the thing itself.

    ``offer`` is given instead of the reward's own, so that every amount has its voucher.
    """

    reward = ParentalKey(Reward, on_delete=models.CASCADE, related_name="amounts")
    points = models.PositiveIntegerField()
    value_minor = models.PositiveBigIntegerField(
        null=True, blank=True, help_text=_("What it is worth, in cents.")
    )
    currency = models.CharField(max_length=3, blank=True)
    label = LocalisedTextField(blank=True)
    offer = models.ForeignKey(
        Offer, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "points", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["reward", "points"], name="reward_amount_once"),
            models.CheckConstraint(condition=Q(points__gt=0), name="reward_amount_costs_points"),
            models.CheckConstraint(
                condition=Q(value_minor=None, currency="")
                | (Q(value_minor__isnull=False, value_minor__gt=0) & ~Q(currency="")),
                name="reward_amount_value_has_a_currency",
            ),
        ]

    def __str__(self) -> str:
        return localise(self.label, "en") or str(self.points)

    @property
    def given_offer(self) -> Offer | None:
        """The offer of which a voucher is given, if any."""
        offer: Offer | None = self.offer or self.reward.offer
        return offer

    def clean(self) -> None:
        """Refuse a voucher that is worth something else than what is promised here."""
        offer = self.offer
        if offer is None or self.value_minor is None or offer.kind != Offer.Kind.AMOUNT:
            return
        if (offer.amount_minor, offer.currency) != (self.value_minor, self.currency):
            raise ValidationError({"offer": _("This offer is worth something else.")})


class RewardTally(models.Model):
    """How many of a limited reward are taken. Written by ``loyalty.reward_stock`` alone."""

    reward = models.OneToOneField(Reward, on_delete=models.CASCADE, related_name="tally")
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(taken__gte=0), name="reward_tally_never_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.taken} of reward {self.reward_id}"


class Redemption(models.Model):
    """A member took a reward. Written by ``loyalty.rewards`` alone.

    What was promised is kept here, whatever becomes of the amount. ``is_counted`` tells whether it
    took one of a limited stock. ``hold`` has the points until staff confirm, ``entry`` spent them.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        FULFILLED = "fulfilled", _("Fulfilled")
        CANCELLED = "cancelled", _("Cancelled")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, related_name="redemptions")
    amount = models.ForeignKey(
        RewardAmount, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="redemptions")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="redemptions")
    points = models.PositiveIntegerField()
    value_minor = models.PositiveBigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    state = models.CharField(max_length=9, choices=State.choices)
    is_counted = models.BooleanField(default=False)
    hold = models.OneToOneField(
        Hold, on_delete=models.PROTECT, null=True, blank=True, related_name="redemption"
    )
    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="redemption"
    )
    offer = models.ForeignKey(
        Offer, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    voucher = models.OneToOneField(
        Voucher, on_delete=models.PROTECT, null=True, blank=True, related_name="redemption"
    )
    source = models.CharField(max_length=20)
    idempotency_key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    occurred_at = models.DateTimeField()
    fulfilled_at = models.DateTimeField(null=True, blank=True)
    fulfilled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancel_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "idempotency_key"], name="redemption_once"),
            models.CheckConstraint(condition=Q(points__gt=0), name="redemption_costs_points"),
            models.CheckConstraint(
                condition=Q(
                    state="requested",
                    hold__isnull=False,
                    entry=None,
                    fulfilled_at=None,
                    cancelled_at=None,
                )
                | Q(
                    state="fulfilled",
                    entry__isnull=False,
                    fulfilled_at__isnull=False,
                    cancelled_at=None,
                )
                | (
                    Q(state="cancelled", cancelled_at__isnull=False)
                    & (Q(hold__isnull=False) | Q(entry__isnull=False))
                ),
                name="redemption_state_fits",
            ),
        ]
        indexes = [
            # loyalty.reward_checks counts what a household took; its page shows it
            models.Index(fields=["account", "reward", "occurred_at"], name="redemption_by_account"),
            # what waits for staff, the oldest first
            models.Index(
                fields=["occurred_at"], condition=Q(state="requested"), name="redemption_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.public_id}"
