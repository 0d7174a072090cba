"""Tills and shops: the keys with which they call, what they were answered, what they did alone."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from profiles.models import Brand, Store


class TillScope(models.TextChoices):
    """What a key opens."""

    IDENTIFY = "identify", _("Identify members")
    PURCHASES = "purchases", _("Record purchases and returns")
    POINTS = "points", _("Redeem points")
    VOUCHERS = "vouchers", _("Redeem vouchers")
    BATCHES = "batches", _("Report what happened offline")


def every_scope() -> list[str]:
    """All there are: what a till at a counter needs."""
    return list(TillScope.values)


class TillKey(models.Model):
    """A till's or shop's key. ``source`` is the name under which its idempotency keys count.

    Only the hash of the key is stored. Written by ``loyalty.till_keys`` alone.
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="till_keys")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, blank=True)
    source = models.SlugField(max_length=20, unique=True)
    key_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=every_scope)
    calls_per_minute = models.PositiveIntegerField(default=1_200)
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # to the minute
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.source


class TillAnswer(models.Model):
    """What a till was answered under an idempotency key, to answer the same again.

    Written by ``loyalty.till_answers`` alone, which deletes old ones.
    """

    source = models.CharField(max_length=20)
    idempotency_key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    body = models.JSONField()
    answered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "idempotency_key"], name="till_answer_once"),
        ]
        indexes = [
            # till_answers.forget
            models.Index(fields=["answered_at"], name="till_answer_age"),
        ]

    def __str__(self) -> str:
        return f"answer to {self.source}"


class OfflineEvent(models.Model):
    """Something a till did while it was offline: as it was sent, and what became of it.

    Written by ``loyalty.offline`` alone. The body names cards, so it is kept only as long as it
    is needed: until the event is recorded or dismissed. ``outcome`` is what the till was answered.
    """

    class Kind(models.TextChoices):
        PURCHASE = "purchase", _("Purchase")
        RETURN = "return", _("Return")
        POINTS_REDEEMED = "points_redeemed", _("Points redeemed")
        VOUCHER_USED = "voucher_used", _("Voucher used")

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        RECORDED = "recorded", _("Recorded")
        WAITING = "waiting", _("Waiting for its purchase")
        PROBLEM = "problem", _("Has to be looked at")
        DISMISSED = "dismissed", _("Dismissed")

    till = models.ForeignKey(TillKey, on_delete=models.PROTECT, related_name="offline_events")
    kind = models.CharField(max_length=15, choices=Kind.choices)
    key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=9, choices=State.choices, default=State.RECEIVED)
    body = models.JSONField(default=dict)
    outcome = models.JSONField(default=dict)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            # The same key with another body is an event of its own, which has a problem.
            models.UniqueConstraint(
                fields=["till", "kind", "key", "request_hash"], name="offline_event_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["purchase", "return", "points_redeemed", "voucher_used"]),
                name="offline_event_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["received", "recorded", "waiting", "problem", "dismissed"]),
                name="offline_event_state_known",
            ),
        ]
        indexes = [
            # loyalty.offline: what staff have to look at
            models.Index(
                fields=["till", "received_at"],
                condition=Q(state__in=["received", "problem"]),
                name="offline_event_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
