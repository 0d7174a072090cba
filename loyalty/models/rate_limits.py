"""Counters of what is limited in time."""

from django.db import models


class RateCounter(models.Model):
    """How often something was done in a window of time and in the one before it.

    Written by ``loyalty.rate_limits`` alone, by one upsert. ``period`` numbers the windows of
    this length since 1970.
    """

    scope = models.CharField(max_length=40)
    key_hash = models.CharField(max_length=64)
    seconds = models.PositiveIntegerField()
    period = models.BigIntegerField()
    count = models.PositiveIntegerField()
    previous = models.PositiveIntegerField(default=0)
    # the end of the window after this one: from then on the row says nothing
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "key_hash", "seconds"], name="rate_counter_once"
            ),
        ]
        indexes = [
            # rate_limits.prune
            models.Index(fields=["expires_at"], name="rate_counter_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.scope}: {self.count}"
