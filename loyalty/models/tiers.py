"""Tiers of a club: their ladder, where each account stands on it, and every step it took.

Only ``loyalty.tiers`` (and what it is made of) writes standings and changes.
"""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from profiles.localised import LocalisedTextField
from profiles.models import Account, Brand
from profiles.models.brands import COLOUR


class TierScheme(models.Model):
    """How a brand counts towards its tiers, and how long a tier outlives what earned it.

    Days are those of the brand's time zone. ``grace_days`` begin with the day on which the tier
    is no longer earned; 0: it is gone at once.
    """

    class Window(models.TextChoices):
        ROLLING = "rolling", _("The last days")
        CALENDAR = "calendar", _("Calendar year")
        ANNIVERSARY = "anniversary", _("Year since the account was opened")

    brand = models.OneToOneField(Brand, on_delete=models.PROTECT, related_name="tier_scheme")
    window = models.CharField(max_length=11, choices=Window.choices, default=Window.CALENDAR)
    rolling_days = models.PositiveSmallIntegerField(
        default=365, help_text=_("Days that count, today included; for a rolling window.")
    )
    grace_days = models.PositiveSmallIntegerField(default=30)
    warning_days = models.PositiveSmallIntegerField(
        default=14, help_text=_("How many days before the end of the grace members are warned.")
    )

    class Meta:
        verbose_name = _("way of counting")
        verbose_name_plural = _("ways of counting")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(window__in=["rolling", "calendar", "anniversary"]),
                name="tier_window_known",
            ),
            models.CheckConstraint(
                condition=models.Q(rolling_days__gt=0), name="tier_window_has_days"
            ),
        ]

    def __str__(self) -> str:
        return f"tiers of {self.brand}"


class Tier(models.Model):
    """A step of the ladder, reached by ``threshold`` qualifying points within the window.

    A base tier has the threshold 0. A higher rank has a higher threshold.
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="tiers")
    key = models.SlugField(max_length=40)
    name = LocalisedTextField()
    rank = models.PositiveSmallIntegerField()
    threshold = models.PositiveBigIntegerField()
    benefits = LocalisedTextField(blank=True, rows=4)
    colour = models.CharField(max_length=7, blank=True, validators=[COLOUR])
    picture = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["brand", "key"], name="tier_key_once"),
            models.UniqueConstraint(fields=["brand", "rank"], name="tier_rank_once"),
            models.UniqueConstraint(fields=["brand", "threshold"], name="tier_threshold_once"),
        ]

    def __str__(self) -> str:
        return self.key

    def clean(self) -> None:
        """Refuse a ladder on which a higher rank is reached sooner."""
        others = Tier.objects.filter(brand_id=self.brand_id).exclude(pk=self.pk)
        above = models.Q(rank__gt=self.rank, threshold__lte=self.threshold)
        below = models.Q(rank__lt=self.rank, threshold__gte=self.threshold)
        if others.filter(above | below).exists():
            raise ValidationError(
                _("A higher tier needs a higher threshold."), code="ladder_out_of_order"
            )


class TierStanding(models.Model):
    """On which tier an account stands, as of when somebody last looked.

    ``counted_since`` is the first moment of the period that ``counter`` is of (null: a rolling
    window). ``granted`` is a tier given or taken over for a time, below which the account does
    not fall before ``granted_until``.
    """

    account = models.OneToOneField(
        Account, on_delete=models.PROTECT, related_name="tier_standing", primary_key=True
    )
    tier = models.ForeignKey(
        Tier, on_delete=models.PROTECT, null=True, blank=True, related_name="standings"
    )
    counter = models.BigIntegerField(default=0)
    counted_since = models.DateTimeField(null=True, blank=True)
    since = models.DateTimeField(default=timezone.now)
    grace_until = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)
    # No index of its own: nobody asks for it, and each would cost a million rows.
    granted = models.ForeignKey(
        Tier, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    granted_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(warned_at=None) | models.Q(grace_until__isnull=False),
                name="standing_warned_in_grace",
            ),
            models.CheckConstraint(
                condition=models.Q(granted=None, granted_until=None)
                | models.Q(granted__isnull=False, granted_until__isnull=False),
                name="standing_granted_for_a_time",
            ),
        ]
        indexes = [
            # loyalty.tiers.to_warn: who is in grace, soonest end first
            models.Index(
                fields=["grace_until"],
                condition=models.Q(grace_until__isnull=False),
                name="standing_in_grace",
            ),
        ]

    def __str__(self) -> str:
        return f"standing of account {self.pk}"


class TierChange(models.Model):
    """A step from one tier to another. Never updated or deleted.

    ``at`` is when it took effect, ``recorded_at`` when it was written; ``counter`` is what
    qualified then.
    """

    class Reason(models.TextChoices):
        REACHED = "reached", _("Reached")
        LAPSED = "lapsed", _("Not earned again in time")
        GRANTED = "granted", _("Granted by staff")
        IMPORTED = "imported", _("Taken over")
        GRANT_OVER = "grant_over", _("The granted time is over")
        JOINED = "joined", _("Accounts joined")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="tier_changes")
    from_tier = models.ForeignKey(
        Tier, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    to_tier = models.ForeignKey(
        Tier, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    reason = models.CharField(max_length=10, choices=Reason.choices)
    note = models.CharField(max_length=200, blank=True)
    counter = models.BigIntegerField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    reason__in=["reached", "lapsed", "granted", "imported", "grant_over", "joined"]
                ),
                name="tier_change_reason_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.pk}"
