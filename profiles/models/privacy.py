"""What staff and members did with a member's personal data as a whole."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from profiles.models.members import Member


class PersonalDataEvent(models.Model):
    """A copy handed out, or an erasure. Never updated or deleted; names the member by id alone."""

    class Kind(models.TextChoices):
        COPIED = "copied", _("Copy handed out")
        ERASED = "erased", _("Erased")

    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="personal_data_events"
    )
    kind = models.CharField(max_length=6, choices=Kind.choices)
    source = models.CharField(max_length=40)
    why = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    occurred_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["copied", "erased"]),
                name="personal_data_event_kind_known",
            ),
        ]
        indexes = [
            # the register shows the latest
            models.Index(fields=["occurred_at"], name="personal_data_event_by_time"),
        ]
        permissions = [
            ("view_register", _("Can see the register of personal data")),
            ("copy_personal_data", _("Can hand out a member's data")),
            ("erase_member", _("Can erase a member")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.member_id}"
