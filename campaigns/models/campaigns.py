"""What a marketer authors: audience, content, offers, schedule."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.fields import StreamField
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    Orderable,
    PreviewableMixin,
    RevisionMixin,
    WorkflowMixin,
)

from campaigns.composition.blocks import EmailBodyBlock
from campaigns.models.segments import Segment
from campaigns.opening_hours import OpeningHours, Span
from loyalty.models import Offer
from profiles.models import Brand, Topic

PROGRESS = (
    "state",
    "state_reason",
    "started_at",
    "business_at",
    "created_at",
    "wave",
    "wave_ended_at",
    "guarded_since",
    "refused_before",
)
EVERY_DAY = "1234567"


class Campaign(
    WorkflowMixin,
    DraftStateMixin,
    LockableMixin,
    RevisionMixin,
    PreviewableMixin,
    ClusterableModel,
):
    """What a marketer authors. ``state`` moves by ``campaigns.lifecycle`` alone.

    A *marketing* campaign belongs to a topic and goes to those who allow it. A *service* campaign
    (recall, changed terms, correction) needs no topic and carries no offer, tracking or hold-out.
    ``wave`` is how far a staged start has come: 0 is the trial, 1 the rest.
    """

    class Kind(models.TextChoices):
        MARKETING = "marketing", _("Marketing")
        SERVICE = "service", _("Service")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SCHEDULED = "scheduled", _("Scheduled")
        SENDING = "sending", _("Sending")
        PAUSED = "paused", _("Paused")
        OVERDUE = "overdue", _("Overdue")
        CANCELLED = "cancelled", _("Cancelled")

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="campaigns")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.MARKETING)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, null=True, blank=True)
    segment = models.ForeignKey(
        Segment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text=_("Empty means every member of the club."),
    )
    excluded_segment = models.ForeignKey(
        Segment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="excluded_from",
        help_text=_("Members who are left out although they belong to the audience."),
    )
    group = models.CharField(
        max_length=40, blank=True, help_text=_("A label by which reports add campaigns up.")
    )
    send_at = models.DateTimeField(null=True, blank=True)
    at_local_time = models.BooleanField(
        default=False,
        help_text=_("Send when it is that time of day where the member lives."),
    )
    window_from = models.TimeField(
        null=True, blank=True, help_text=_("Send only from this time of the member's day …")
    )
    window_until = models.TimeField(null=True, blank=True, help_text=_("… until this one."))
    window_days = models.CharField(
        max_length=7,
        default=EVERY_DAY,
        help_text=_("Days on which mails may go out; 1 is Monday."),
        validators=[RegexValidator(r"^1?2?3?4?5?6?7?$", _("Days are numbers from 1 to 7."))],
    )
    rate_per_minute = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("At most so many mails a minute; empty for as fast as the installation may."),
    )
    first_percent = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(50)],
        help_text=_("Share that goes first, as a trial; empty for the brand's own."),
    )
    holdout_percent = models.PositiveSmallIntegerField(
        default=5,
        validators=[MaxValueValidator(50)],
        help_text=_("Share of members not mailed, to measure what the campaign really added."),
    )
    weekly_cap_applies = models.BooleanField(default=True)
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.DRAFT, editable=False
    )
    state_reason = models.CharField(max_length=200, blank=True, editable=False)
    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    business_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("When its mails belong on the timeline, if not when they were sent."),
    )
    wave = models.PositiveSmallIntegerField(default=1, editable=False)
    wave_ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    guarded_since = models.DateTimeField(null=True, blank=True, editable=False)
    refused_before = models.JSONField(
        default=dict, blank=True, editable=False, help_text="Refusals by reason at guarded_since"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        permissions = [("approve_service_campaign", "Can approve service campaigns")]
        constraints = [
            models.UniqueConstraint(fields=["brand", "name"], name="campaign_name_once"),
            models.CheckConstraint(
                condition=models.Q(kind="marketing", topic__isnull=False)
                | models.Q(kind="service", holdout_percent=0)
                | models.Q(state="draft"),
                name="campaign_kind_fits",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["draft", "scheduled", "overdue", "sending", "paused", "cancelled"]
                ),
                name="campaign_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(window_from__isnull=True, window_until__isnull=True)
                | (
                    models.Q(window_from__isnull=False, window_until__isnull=False)
                    & ~models.Q(window_from=models.F("window_until"))
                ),
                name="campaign_window_is_a_span",
            ),
            models.CheckConstraint(condition=~models.Q(window_days=""), name="campaign_has_a_day"),
            models.CheckConstraint(
                condition=models.Q(rate_per_minute__isnull=True) | models.Q(rate_per_minute__gte=1),
                name="campaign_rate_is_positive",
            ),
        ]
        indexes = [
            # campaigns.tasks.tick: what is due or has open deliveries
            models.Index(
                fields=["send_at"],
                condition=models.Q(state__in=["scheduled", "sending"]),
                name="campaign_at_work",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse hours in which no mail could ever go."""
        super().clean()
        if (self.window_from is None) != (self.window_until is None):
            raise ValidationError({"window_until": _("Give both ends of the window, or neither.")})
        if self.window_from is not None and self.window_from == self.window_until:
            raise ValidationError({"window_until": _("The window ends when it begins.")})
        if not self.window_days:
            raise ValidationError({"window_days": _("Choose at least one day.")})
        if not self.opening_hours(self._quiet_hours()).ever_open():
            raise ValidationError(_("The window lies within the brand's quiet hours."))

    def opening_hours(self, quiet: Span | None) -> OpeningHours:
        """When its mail may go, given the brand's quiet hours, which bind marketing alone."""
        return OpeningHours(
            window=Span.between(self.window_from, self.window_until),
            days=self.window_days,
            quiet=None if self.kind == self.Kind.SERVICE else quiet,
        )

    def _quiet_hours(self) -> Span | None:
        try:
            rules = self.brand.sending_rules
        except ObjectDoesNotExist:  # no brand chosen yet, or one without rules of its own
            return None
        return Span.between(rules.quiet_from, rules.quiet_until)

    def with_content_json(self, content: dict[str, Any]) -> "Campaign":
        """A draft holds what was authored; how far the campaign got is never taken from it."""
        draft: Campaign = super().with_content_json(content)
        # Read anew: this instance may be as old as the draft.
        got = Campaign.objects.filter(pk=self.pk).values(*PROGRESS, "send_at").first() or {}
        send_at = got.pop("send_at", None)
        for name, value in got.items():
            setattr(draft, name, value)
        if draft.state in (self.State.SCHEDULED, self.State.OVERDUE):
            draft.send_at = draft.send_at or send_at
        return draft


class CampaignEmail(Orderable):
    """The mail of a campaign in one language; the first one serves languages without their own."""

    campaign = ParentalKey(Campaign, on_delete=models.CASCADE, related_name="emails")
    language = models.CharField(max_length=12, choices=settings.LANGUAGES, default="en")
    subject = models.CharField(max_length=200)
    preheader = models.CharField(max_length=200, blank=True)
    body = StreamField(EmailBodyBlock())

    class Meta(Orderable.Meta):
        constraints = [
            models.UniqueConstraint(fields=["campaign", "language"], name="email_language_once"),
        ]

    def __str__(self) -> str:
        return self.subject


class CampaignOffer(Orderable):
    """An offer that a campaign carries; each member mailed gets a voucher of it."""

    campaign = ParentalKey(Campaign, on_delete=models.CASCADE, related_name="campaign_offers")
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="campaign_offers")
    for_holders_only = models.BooleanField(
        default=False,
        help_text=_("Only show it to members who already hold its voucher; issue no new ones."),
    )

    class Meta(Orderable.Meta):
        constraints = [
            models.UniqueConstraint(fields=["campaign", "offer"], name="campaign_offer_once"),
        ]

    def __str__(self) -> str:
        return str(self.offer)
