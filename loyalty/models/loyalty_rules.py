"""What a brand has settled about its points: their worth, and the limits staff and tills keep."""

from typing import Self

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from profiles.models import Brand


class LoyaltyRules(models.Model):
    """A brand's settings of its points; a brand without a row goes by the defaults.

    Points may be fractions of a cent, so their worth is told for a hundred of them.
    """

    brand = models.OneToOneField(Brand, on_delete=models.PROTECT, related_name="loyalty_rules")
    points_value_minor = models.PositiveIntegerField(
        _("worth of 100 points"),
        default=100,
        help_text=_("In cents: with 100, a hundred points are worth 1.00."),
    )
    return_days = models.PositiveSmallIntegerField(
        _("return window in days"),
        default=14,
        help_text=_("How long a purchase can be brought back."),
    )
    grace_days = models.PositiveSmallIntegerField(
        _("grace for points given back, in days"),
        default=0,
        help_text=_("Points given back after their end can be spent for so many days."),
    )
    adjustment_limit = models.PositiveIntegerField(
        _("adjustment limit in points"),
        default=500,
        help_text=_("Above this a second person has to approve."),
    )
    clock_skew_minutes = models.PositiveSmallIntegerField(
        _("clock skew in minutes"),
        default=5,
        help_text=_("How far ahead the clock of a till may be."),
    )
    breakage_percent = models.PositiveSmallIntegerField(
        _("breakage estimate in per cent"),
        default=10,
        validators=[MaxValueValidator(100)],
        help_text=_("The share of points that nobody is expected to redeem."),
    )
    highest_rate_percent = models.PositiveSmallIntegerField(
        _("highest rate in per cent"),
        default=50,
        help_text=_("No rule may pay back more than this part of a basket."),
    )
    biggest_bonus_minor = models.PositiveIntegerField(
        _("biggest bonus"),
        default=5_000,
        help_text=_("What a single bonus may be worth, in cents."),
    )

    class Meta:
        verbose_name = _("loyalty rules")
        verbose_name_plural = _("loyalty rules")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(breakage_percent__lte=100), name="loyalty_breakage_is_a_part"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand}"

    @classmethod
    def of(cls, brand: Brand) -> Self:
        """The brand's settings, or the defaults, unsaved."""
        return cls.objects.filter(brand=brand).first() or cls(brand=brand)

    def worth_minor(self, points: int) -> int:
        """What so many points are worth, in minor units, rounded down."""
        return points * self.points_value_minor // 100
