"""Referrals: members' codes, what a friend brings, and who came by whose code."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.models.ledger import Entry
from loyalty.models.loyalty_rules import LoyaltyRules
from loyalty.models.purchases import Purchase
from profiles.models import Brand, Member


class ReferralCode(models.Model):
    """The code by which a member brings friends: 40 random bits, written as eight letters."""

    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="referral_code")
    code = models.CharField(max_length=12, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.code


class ReferralRule(models.Model):
    """One version of what a brand pays for a friend; the youngest that has begun counts.

    A friend who came by a version is paid by it: a change is a new version. Money is in minor
    units. ``waiting_days`` pass between the purchase and the payment, the return window at least.
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="referral_rules")
    referrer_points = models.PositiveIntegerField(_("points for who brought a friend"), default=0)
    referred_points = models.PositiveIntegerField(_("points for the friend"), default=0)
    minimum_minor = models.PositiveBigIntegerField(
        _("smallest first basket in cents"),
        default=1,
        help_text=_("What is returned in time does not count."),
    )
    currency = models.CharField(max_length=3, default="EUR")
    waiting_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Empty: as long as the return window.")
    )
    max_per_year = models.PositiveSmallIntegerField(
        _("friends a year"),
        default=10,
        help_text=_("For so many friends in 365 days a member is paid."),
    )
    valid_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("How many days the points last; empty: for ever.")
    )
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("rule for friends")
        verbose_name_plural = _("rules for friends")
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "valid_from"], name="referral_rule_version_once"
            ),
            models.CheckConstraint(
                condition=Q(referrer_points__gt=0) | Q(referred_points__gt=0),
                name="referral_rule_pays",
            ),
            models.CheckConstraint(
                condition=Q(minimum_minor__gt=0), name="referral_rule_wants_a_purchase"
            ),
            models.CheckConstraint(
                condition=Q(valid_days=None) | Q(valid_days__gt=0), name="referral_points_last"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="referral_rule_has_a_span",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.referrer_points} + {self.referred_points}"

    def clean(self) -> None:
        """Refuse a bonus beyond the brand's limit, a payment too early, and a changed promise."""
        if self.brand_id is None:
            return
        worth = LoyaltyRules.of(self.brand)
        problems: list[Any] = []
        if worth.worth_minor(self.referrer_points + self.referred_points) > (
            worth.biggest_bonus_minor
        ):
            problems.append(_("Together, a friend would bring more than a bonus may be worth."))
        if self.waiting_days is not None and self.waiting_days < worth.return_days:
            problems.append(_("Points must wait as long as a purchase can be returned."))
        if self.pk and self.referrals.exists():
            problems.append(_("Friends have come by this version. Make a new version instead."))
        if problems:
            raise ValidationError(problems)


class Referral(models.Model):
    """A member who came by another's code. Written by ``loyalty.referrals`` alone.

    ``purchase`` is the first real one, which pays at ``pays_at`` when it still counts then. A side
    that is not paid although its rule would has the reason beside it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for the first purchase")
        QUALIFIED = "qualified", _("Return window open")
        PAID = "paid", _("Paid")
        BLOCKED = "blocked", _("Blocked")

    class Reason(models.TextChoices):
        SAME_ACCOUNT = "same_account", _("They share an account")
        SAME_ADDRESS = "same_address", _("They share a mailbox")
        SAME_PHONE = "same_phone", _("They share a phone number")
        SAME_CARD = "same_card", _("They share a card")
        JOINED_LATER = "joined_later", _("Who referred joined later")
        CIRCULAR = "circular", _("They referred each other")
        NOT_NEW = "not_new", _("The friend was in the club before")
        LEFT = "left", _("No longer in the club")
        LIMIT = "limit", _("Paid for as many friends as a year allows")

    referrer = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="referrals")
    referred = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="referral")
    rule = models.ForeignKey(ReferralRule, on_delete=models.PROTECT, related_name="referrals")
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True)
    attached_at = models.DateTimeField(default=timezone.now)
    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    pays_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    referrer_entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    referred_entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    referrer_unpaid = models.CharField(max_length=12, choices=Reason.choices, blank=True)
    referred_unpaid = models.CharField(max_length=12, choices=Reason.choices, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "qualified", "paid", "blocked"]),
                name="referral_state_known",
            ),
            models.CheckConstraint(
                condition=(Q(state="blocked") & ~Q(reason=""))
                | (~Q(state="blocked") & Q(reason="")),
                name="referral_blocked_with_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["qualified", "paid"])
                | Q(purchase__isnull=False, pays_at__isnull=False),
                name="referral_paid_for_a_purchase",
            ),
            models.CheckConstraint(
                condition=Q(referrer_entry=None, referred_entry=None) | Q(state="paid"),
                name="referral_entries_when_paid",
            ),
            models.CheckConstraint(
                condition=~Q(referrer=F("referred")) | Q(state="blocked"),
                name="referral_of_somebody_else",
            ),
        ]
        indexes = [
            # loyalty.referrals: what may be due, and what a member was paid for in a year
            models.Index(fields=["pays_at"], condition=Q(state="qualified"), name="referral_due"),
            models.Index(
                fields=["attached_at"], condition=Q(state="waiting"), name="referral_waiting"
            ),
            models.Index(fields=["referrer", "closed_at"], name="referral_by_referrer"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"
