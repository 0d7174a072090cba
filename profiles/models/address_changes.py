"""A member's wish to be written to at another address."""

from django.db import models

from profiles.models.members import Member
from profiles.models.queued import Queued


class AddressChange(Queued):
    """An address that a member typed, and the mail that asks it to say yes.

    The address is blanked when the change is made or can be made no more. Written by
    ``profiles.address_changes`` alone.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="address_changes")
    email = models.CharField(max_length=254, blank=True)
    email_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            # profiles.address_changes: what waits, and how often an address was asked lately
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(sent_at__isnull=True),
                name="address_change_waiting",
            ),
            models.Index(fields=["email_hash", "asked_at"], name="address_change_by_hash"),
        ]

    def __str__(self) -> str:
        return f"address change {self.pk}"
