"""Mails that carry a code to sign in with."""

from django.db import models

from profiles.models.members import Member
from profiles.models.queued import Queued


class SignInMail(Queued):
    """A code on its way to a member's address; the code is blanked once it has gone out.

    Written by ``profiles.sign_ins`` alone.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="sign_in_mails")
    code = models.CharField(max_length=16, blank=True)

    class Meta:
        indexes = [
            # profiles.sign_ins: what waits, what one member asked for lately, what is old
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(sent_at__isnull=True),
                name="sign_in_mail_waiting",
            ),
            models.Index(fields=["asked_at"], name="sign_in_mail_by_time"),
        ]

    def __str__(self) -> str:
        return f"sign-in mail {self.pk}"
