"""What the demo club remembers of itself."""

from django.db import models
from django.utils import timezone


class DemoLoad(models.Model):
    """The one load of the demo club: by how many weeks its dates were moved, and what it found.

    ``facts`` holds the counts of the load; ``sign_ins`` the demo's own keys and passwords, which
    are worth nothing outside the demo and are printed by ``serve``.
    """

    shift_weeks = models.PositiveIntegerField()
    loaded_at = models.DateTimeField(default=timezone.now)
    base_url = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict)
    sign_ins = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"demo club, {self.shift_weeks} weeks later"
