"""Topics, today's subscriptions and the append-only evidence behind them."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from profiles.localised import LocalisedTextField, localise
from profiles.models.brands import Brand
from profiles.models.members import Member
from profiles.models.queued import Queued


class Purpose(models.TextChoices):
    """What a consent is for: a topic's mails, or recording opens and clicks."""

    TOPIC = "topic", _("Topic")
    TRACKING = "tracking", _("Opens and clicks")


class Topic(models.Model):
    """Something a member can subscribe to; consent is held per topic."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="topics")
    key = models.SlugField()
    name = LocalisedTextField()
    description = LocalisedTextField(rows=2, blank=True)
    frequency = LocalisedTextField(blank=True, help_text=_("How often it comes."))
    example = LocalisedTextField(blank=True, help_text=_("An example of what comes."))
    order = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["brand", "key"], name="topic_key_once")]

    def __str__(self) -> str:
        return localise(self.name, "en") or self.key


class ConsentWording(models.Model):
    """The exact words a member agreed to; a change is a new version, never an edit."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="wordings")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, null=True, blank=True)
    version = models.PositiveSmallIntegerField()
    text = LocalisedTextField(rows=3)
    valid_from = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "version"],
                condition=models.Q(topic__isnull=False),
                name="topic_wording_version_once",
            ),
            models.UniqueConstraint(
                fields=["brand", "purpose", "version"],
                condition=models.Q(topic__isnull=True),
                name="purpose_wording_version_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} v{self.version}"


class Subscription(models.Model):
    """Today's state for one member and one topic. Written by ``profiles.consent`` alone."""

    class State(models.TextChoices):
        PENDING = "pending", _("Asked, not confirmed")
        SUBSCRIBED = "subscribed", _("Subscribed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="subscriptions")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="subscriptions")
    state = models.CharField(max_length=10, choices=State.choices)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "topic"], name="subscription_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "subscribed", "withdrawn"]),
                name="subscription_state_known",
            ),
        ]
        indexes = [
            # profiles.contactability: who is subscribed to this topic
            models.Index(
                fields=["topic", "member"],
                condition=models.Q(state="subscribed"),
                name="subscription_live",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic_id}: {self.state}"


class ConsentEvent(models.Model):
    """Evidence, append-only: who allowed or withdrew what, under which words, when and where."""

    class Action(models.TextChoices):
        REQUESTED = "requested", _("Asked for")
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="consent_events")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, null=True, blank=True)
    action = models.CharField(max_length=10, choices=Action.choices)
    wording = models.ForeignKey(ConsentWording, on_delete=models.PROTECT, null=True, blank=True)
    source = models.CharField(max_length=40)
    requester_hash = models.CharField(max_length=64, blank=True)
    occurred_at = models.DateTimeField(default=timezone.now)
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(purpose="topic", topic__isnull=False)
                | models.Q(purpose="tracking", topic__isnull=True),
                name="consent_event_topic_fits_purpose",
            ),
        ]
        indexes = [
            # the member page and the proof of consent read one member's events in order
            models.Index(fields=["member", "occurred_at"], name="consent_by_member"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.action}"


class OptInMail(Queued):
    """A mail that answers a join request: the outbox of double opt-in, and its throttle.

    Written by ``profiles.double_opt_in`` alone.
    """

    class Kind(models.TextChoices):
        CONFIRM = "confirm", _("Confirm your address")
        WELCOME_BACK = "welcome_back", _("You are a member already")

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="opt_in_mails")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    email_hash = models.CharField(max_length=64)
    requester_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            # profiles.double_opt_in: what waits, and how many were asked for lately
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(sent_at__isnull=True),
                name="opt_in_mail_waiting",
            ),
            models.Index(fields=["email_hash", "asked_at"], name="opt_in_mail_by_address"),
            models.Index(fields=["asked_at"], name="opt_in_mail_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
