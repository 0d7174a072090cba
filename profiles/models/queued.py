"""What every mail of our own that waits in a table has."""

from django.db import models
from django.utils import timezone


class Queued(models.Model):
    """A mail that is sent at least once, always under the same ``message_id``.

    ``profiles.queued_mails`` takes its turn, counts its tries and notes when it went out.
    """

    message_id = models.CharField(max_length=120, unique=True)
    asked_at = models.DateTimeField(default=timezone.now)
    next_try_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
