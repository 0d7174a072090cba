"""What came back: raw events, responses, and the totals that reports read."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaigns import Campaign
from campaigns.models.deliveries import Delivery
from campaigns.models.emails import TrackedLink


class Response(models.Model):
    """One thing that came back for a delivery. Written by ``campaigns.feedback`` alone.

    No table refers to it, so that PostgreSQL can partition it by ``received_at``; what must be
    unique about it lives in ``ResponseKey``.
    """

    class Kind(models.TextChoices):
        DELIVERED = "delivered", _("Delivered")
        DEFERRED = "deferred", _("Deferred")
        BOUNCED = "bounced", _("Bounced")
        COMPLAINED = "complained", _("Complained")
        OPENED = "opened", _("Opened")
        CLICKED = "clicked", _("Clicked")
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
        REDEEMED = "redeemed", _("Redeemed")
        PURCHASED = "purchased", _("Purchased")

    class Actor(models.TextChoices):
        HUMAN = "human", _("Human")
        MACHINE = "machine", _("Machine")
        UNKNOWN = "unknown", _("Unknown")

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="responses")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    source = models.CharField(max_length=20)
    actor = models.CharField(max_length=8, choices=Actor.choices, default=Actor.UNKNOWN)
    rule = models.CharField(max_length=40, blank=True)
    link = models.ForeignKey(TrackedLink, on_delete=models.PROTECT, null=True, blank=True)
    detail = models.JSONField(default=dict, blank=True)
    simulated = models.BooleanField(default=False)

    class Meta:
        indexes = [
            # the timeline and "why": all that came back for a delivery
            models.Index(fields=["delivery", "occurred_at"], name="response_by_delivery"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class ResponseKey(models.Model):
    """What makes a response the same one when it is reported again."""

    key = models.CharField(max_length=160, unique=True)
    received_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.key


class RawEvent(models.Model):
    """An ESP's event as it came, stored once, processed later, kept for replay."""

    class State(models.TextChoices):
        NEW = "new", _("New")
        DONE = "done", _("Processed")
        QUARANTINED = "quarantined", _("Quarantined")

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=160)
    payload = models.JSONField()
    received_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=12, choices=State.choices, default=State.NEW)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="raw_event_once"),
        ]
        indexes = [
            # campaigns.webhooks.processing: what waits
            models.Index(fields=["id"], condition=models.Q(state="new"), name="raw_event_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"


class HourlyTotal(models.Model):
    """Roll-up per campaign, hour and kind: all events, and deliveries that did it for once."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="hourly_totals")
    hour = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=Response.Kind.choices)
    events = models.BigIntegerField(default=0)
    firsts = models.BigIntegerField(default=0)
    firsts_simulated = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "hour", "kind"], name="hourly_total_once"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.kind} {self.hour:%Y-%m-%d %H}"
