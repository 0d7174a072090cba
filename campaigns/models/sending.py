"""How a brand's mail may be sent: its rules, and what all workers share while they send."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaigns import Campaign
from profiles.models import Brand


class SendingRules(models.Model):
    """A brand's rules for all its campaigns. Without a row, the defaults below hold.

    Limits are in percent of the mails that were accepted (failures: of those tried).
    """

    brand = models.OneToOneField(Brand, on_delete=models.CASCADE, related_name="sending_rules")
    quiet_from = models.TimeField(
        null=True, blank=True, help_text=_("Nothing is sent from this time of the member's day …")
    )
    quiet_until = models.TimeField(null=True, blank=True, help_text=_("… until this one."))
    rest_hours = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(720)],
        help_text=_("Hours between two marketing mails to one member; 0 for no rest."),
    )
    first_percent = models.PositiveSmallIntegerField(
        default=2,
        validators=[MaxValueValidator(50)],
        help_text=_("Share of a campaign that goes first, as a trial; 0 sends all at once."),
    )
    first_wait_minutes = models.PositiveSmallIntegerField(
        default=15,
        validators=[MaxValueValidator(2880)],
        help_text=_("How long the trial's answers are awaited before the rest follows."),
    )
    failed_percent = models.FloatField(
        default=5.0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("A campaign holds when more of its mails are refused than this."),
    )
    bounced_percent = models.FloatField(
        default=5.0, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    complained_percent = models.FloatField(
        default=0.3, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    warm_up_from = models.DateField(
        null=True,
        blank=True,
        help_text=_("First day of a new sender's warm-up; empty for an established sender."),
    )
    warm_up_first_day = models.PositiveIntegerField(
        default=200,
        validators=[MinValueValidator(1)],
        help_text=_("Mails to each mailbox provider on the first day."),
    )
    warm_up_growth_percent = models.PositiveSmallIntegerField(
        default=50,
        validators=[MinValueValidator(1), MaxValueValidator(300)],
        help_text=_("By how much the cap grows from day to day."),
    )
    warm_up_days = models.PositiveSmallIntegerField(
        default=21, validators=[MinValueValidator(1), MaxValueValidator(90)]
    )

    class Meta:
        verbose_name_plural = "sending rules"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | (
                    models.Q(quiet_from__isnull=False, quiet_until__isnull=False)
                    & ~models.Q(quiet_from=models.F("quiet_until"))
                ),
                name="quiet_hours_are_a_span",
            ),
        ]

    def __str__(self) -> str:
        return f"sending rules of {self.brand}"


class DomainLimit(models.Model):
    """At most so many mails a minute to one mail domain, over all campaigns and workers."""

    domain = models.CharField(max_length=253, unique=True)
    per_minute = models.PositiveIntegerField(validators=[MinValueValidator(1)])

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(per_minute__gte=1), name="domain_limit_is_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.domain


class RateClock(models.Model):
    """When the next mail under a rate may go. Written by ``campaigns.rates`` alone."""

    key = models.CharField(max_length=270, unique=True)
    next_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class ConnectionSlot(models.Model):
    """One of the connections that all workers may hold together. Written by ``campaigns.slots``."""

    number = models.PositiveSmallIntegerField(unique=True)
    token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"connection {self.number}"


class WarmUpCount(models.Model):
    """Mails of a brand to one mailbox provider on one day. Written by ``campaigns.warm_up``."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="+")
    provider = models.CharField(max_length=253)
    day = models.DateField()
    mails = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "provider", "day"], name="warm_up_count_once"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} on {self.day}"


class SendingSwitch(models.Model):
    """Append-only: somebody stopped all sending, or released it. The newest row counts."""

    stopped = models.BooleanField()
    why = models.CharField(max_length=200)
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    moved_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return "stopped" if self.stopped else "released"


class UnknownDecision(models.Model):
    """Append-only: what somebody decided about a campaign's deliveries of unknown fate."""

    class Decision(models.TextChoices):
        SEND_AGAIN = "send_again", _("Send again")
        LEAVE = "leave", _("Leave")
        DECLARE_LOST = "declare_lost", _("Declare the worker lost")

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="decisions")
    decision = models.CharField(max_length=12, choices=Decision.choices)
    deliveries = models.PositiveIntegerField()
    why = models.CharField(max_length=200, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decision__in=["send_again", "leave", "declare_lost"]),
                name="unknown_decision_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_decision_display()}: {self.deliveries}"
