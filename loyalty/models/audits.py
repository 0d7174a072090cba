"""What audits of the ledger found."""

from django.db import models
from django.utils import timezone


class LedgerAudit(models.Model):
    """One audit: when, over how much, and which differences it found (the first hundred)."""

    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    entries = models.BigIntegerField(default=0)
    wallets = models.BigIntegerField(default=0)
    differences = models.BigIntegerField(default=0)
    found = models.JSONField(default=list)

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"audit of {self.started_at:%Y-%m-%d %H:%M}"
