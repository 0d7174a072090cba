"""Who took members' data out, and which."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from profiles.models.brands import Brand


class MemberExport(models.Model):
    """One export of members: the columns, when, and by whom (nobody: on the command line)."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    columns = models.JSONField()
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True
    )
    started_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"export {self.pk}"
