"""Accounts and the members who hold them."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from profiles.models.brands import Brand
from profiles.phones import PHONE_KEY
from profiles.time_zones import validate_time_zone


class Account(models.Model):
    """The club account: one wallet, one or more members and cards (a household).

    Before a card is claimed its account has no members. ``merged_into`` is the account that took
    over everything: nothing is recorded on this one any more.
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="accounts")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    external_id = models.CharField(max_length=64, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(merged_into=None) | ~models.Q(merged_into=models.F("id")),
                name="account_not_merged_into_itself",
            ),
            models.UniqueConstraint(
                fields=["brand", "external_id"],
                condition=~models.Q(external_id=""),
                name="account_external_id_once",
            ),
        ]

    def __str__(self) -> str:
        return f"account {self.pk}"


class Member(models.Model):
    """A person in the club or on the way to it. The e-mail may be empty; erasure blanks in place.

    ``email`` is what was typed and where mail goes. ``email_key`` is its normalised form, for
    matching and uniqueness only. ``email_hash`` is the keyed hash under which a suppression
    survives erasure. All three are written by ``profiles.addresses.set_address`` alone.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting for confirmation")
        ACTIVE = "active", _("Active")
        LEFT = "left", _("Left")
        ERASED = "erased", _("Erased")

    class Tracking(models.TextChoices):
        UNKNOWN = "unknown", _("Not asked")
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Refused")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="members")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True
    )
    email = models.CharField(max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True, editable=False)
    email_hash = models.CharField(max_length=64, blank=True, editable=False)
    phone = models.CharField(max_length=20, blank=True)
    # loyalty.identifying finds by it
    phone_key = models.GeneratedField(
        expression=PHONE_KEY,  # type: ignore[arg-type]
        output_field=models.CharField(max_length=20),
        db_persist=True,
        db_index=True,
    )
    first_name = models.CharField(max_length=80, blank=True)
    last_name = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=12, default="en")
    time_zone = models.CharField(max_length=64, blank=True, validators=[validate_time_zone])
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    tracking = models.CharField(max_length=10, choices=Tracking.choices, default=Tracking.UNKNOWN)
    paused_until = models.DateTimeField(null=True, blank=True)
    weekly_cap = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("At most this many mails in seven days.")
    )
    source = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    joined_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["email_key"], condition=~models.Q(email_key=""), name="member_address_once"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "active", "left", "erased"]),
                name="member_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(tracking__in=["unknown", "granted", "refused"]),
                name="member_tracking_known",
            ),
        ]
        indexes = [
            # profiles.contactability joins suppressions on it
            models.Index(fields=["email_hash"], name="member_email_hash"),
            # the member list of the staff site is sorted by it
            models.Index(fields=["last_name", "first_name"], name="member_name"),
            # campaigns.pacing: which zones there are besides the brand's
            models.Index(
                fields=["time_zone"], condition=~models.Q(time_zone=""), name="member_zone"
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or f"member {self.pk}"

    @property
    def full_name(self) -> str:
        """First and last name, or an empty string."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def brand(self) -> Brand:
        """The brand whose club this is."""
        return self.account.brand

    @property
    def is_trackable(self) -> bool:
        """Whether opens and clicks of this member may be recorded."""
        return self.tracking == self.Tracking.GRANTED


class ImportantDate(models.Model):
    """A birthday or another day that matters, of the member or of someone close; no name needed."""

    class Relation(models.TextChoices):
        SELF = "self", _("Me")
        PARTNER = "partner", _("Partner")
        CHILD = "child", _("Child")
        PARENT = "parent", _("Parent")
        FRIEND = "friend", _("Friend")

    class Occasion(models.TextChoices):
        BIRTHDAY = "birthday", _("Birthday")
        ANNIVERSARY = "anniversary", _("Anniversary")

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="important_dates")
    relation = models.CharField(max_length=10, choices=Relation.choices, default=Relation.SELF)
    occasion = models.CharField(max_length=12, choices=Occasion.choices, default=Occasion.BIRTHDAY)
    month = models.PositiveSmallIntegerField()
    day = models.PositiveSmallIntegerField()
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    told_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(month__range=(1, 12), day__range=(1, 31)),
                name="important_date_in_calendar",
            ),
            models.UniqueConstraint(
                fields=["member", "occasion"],
                condition=models.Q(relation="self"),
                name="own_date_once",
            ),
        ]
        indexes = [
            # "birthday within 14 days" of campaigns.segments
            models.Index(fields=["occasion", "month", "day"], name="important_date_day"),
        ]

    def __str__(self) -> str:
        return f"{self.relation} {self.occasion} {self.month:02}-{self.day:02}"
