"""Deliveries: the outbox, and the record of what we did."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaigns import Campaign
from campaigns.models.emails import CompiledEmail
from profiles.models import Member

OPEN_STATES = ("planned", "claimed", "handing_off", "deferred")


class Delivery(models.Model):
    """One row per campaign × member × occurrence. Moved by ``campaigns.deliveries`` alone.

    ``business_at`` says where it belongs on a timeline (replays shift it); ``accepted_at`` is the
    wall clock. Nothing is handed off before ``not_before``, nor in a ``wave`` that the campaign has
    not reached. The ``first_*`` columns are written by ``campaigns.feedback`` alone.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        CLAIMED = "claimed", _("Claimed")
        HANDING_OFF = "handing_off", _("Handing off")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")
        UNKNOWN = "unknown", _("Unknown")
        DEFERRED = "deferred", _("Deferred")
        SKIPPED = "skipped", _("Skipped")
        HELD_OUT = "held_out", _("Held out")

    # Every index is written three times for each mail: the foreign keys have those of Meta.
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    occurrence = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=11, choices=State.choices, default=State.PLANNED)
    reason = models.CharField(max_length=24, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    compiled_email = models.ForeignKey(
        CompiledEmail, on_delete=models.PROTECT, null=True, blank=True, db_index=False
    )
    tracked = models.BooleanField(default=False)
    wave = models.PositiveSmallIntegerField(default=0, help_text="0 goes first, as a trial")
    not_before = models.DateTimeField(default=timezone.now)
    attempt = models.PositiveSmallIntegerField(default=1)
    tries = models.PositiveSmallIntegerField(default=0)
    claim_token = models.CharField(max_length=48, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    deferred_until = models.DateTimeField(null=True, blank=True)
    planned_at = models.DateTimeField(default=timezone.now)
    business_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)
    complained_at = models.DateTimeField(null=True, blank=True)
    first_opened_at = models.DateTimeField(null=True, blank=True)
    first_clicked_at = models.DateTimeField(null=True, blank=True)
    first_redeemed_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "member", "occurrence"], name="delivery_once"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=[
                        "planned",
                        "claimed",
                        "handing_off",
                        "accepted",
                        "rejected",
                        "unknown",
                        "deferred",
                        "skipped",
                        "held_out",
                    ]
                ),
                name="delivery_state_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="skipped", reason=""), name="skipped_has_a_reason"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["claimed", "handing_off"], lease_until__isnull=False)
                | ~models.Q(state__in=["claimed", "handing_off"]),
                name="claim_has_a_lease",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=False) | ~models.Q(state="accepted"),
                name="accepted_has_a_time",
            ),
        ]
        indexes = [
            # campaigns.deliveries.claim: the next batch
            models.Index(
                fields=["campaign", "wave", "not_before", "id"],
                condition=models.Q(state="planned"),
                name="delivery_to_claim",
            ),
            # campaigns.deliveries: the batch in a worker's hands; campaigns.recovery: lapsed leases
            models.Index(
                fields=["claim_token"],
                condition=models.Q(state__in=["claimed", "handing_off"]),
                name="delivery_in_hand",
            ),
            # campaigns.recovery: deferrals that are due
            models.Index(
                fields=["deferred_until"],
                condition=models.Q(state="deferred"),
                name="delivery_deferred",
            ),
            # campaigns.guard: the few mails that bounced or brought a complaint
            models.Index(
                fields=["campaign"],
                condition=models.Q(bounced_at__isnull=False)
                | models.Q(complained_at__isnull=False),
                name="delivery_bad_news",
            ),
            # reports: a campaign's figures by state
            models.Index(fields=["campaign", "state"], name="delivery_by_state"),
            # the member page's timeline and the weekly cap
            models.Index(fields=["member", "business_at"], name="delivery_by_member"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"
