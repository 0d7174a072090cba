"""Who approved which content, and who had a hand in it."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from campaigns.models.campaigns import Campaign


class Approval(models.Model):
    """Someone's yes to exactly this content, audience, offer and schedule.

    Sending reads only this row: it counts while ``content_hash`` is the campaign's hash.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="approvals")
    content_hash = models.CharField(max_length=64)
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    approved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "content_hash"], name="approval_once_per_content"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.content_hash[:12]}"


class ContentEdit(models.Model):
    """Someone saved this content; whoever did may not approve it."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="edits")
    content_hash = models.CharField(max_length=64)
    editor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    edited_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            # campaigns.approval: who edited this hash
            models.Index(fields=["campaign", "content_hash"], name="edit_by_content"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.content_hash[:12]}"
