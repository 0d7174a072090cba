"""What DNS said about a sender's domain."""

from django.db import models
from django.utils import timezone


class SenderDomainCheck(models.Model):
    """The last look at a domain's records. Written by ``campaigns.sender_domains`` alone.

    ``findings`` holds, by record, what was found and how it was judged.
    """

    domain = models.CharField(max_length=253, unique=True)
    selector = models.CharField(max_length=63, blank=True)
    checked_at = models.DateTimeField(default=timezone.now)
    findings = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.domain
