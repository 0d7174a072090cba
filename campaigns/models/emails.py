"""Compiled e-mails and their tracked links."""

from django.db import models
from django.utils import timezone

from campaigns.models.campaigns import Campaign


class CompiledEmail(models.Model):
    """The immutable, ready-to-fill form of a campaign's mail: static spans and slots.

    Keyed by the hash of what it was made from × language × variant × tracked or not.
    ``compiled`` is ``campaigns.composition.compiling.Compiled.to_json()``.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="compiled")
    content_hash = models.CharField(max_length=64)
    language = models.CharField(max_length=12)
    variant = models.CharField(max_length=8, default="a")
    tracked = models.BooleanField()
    compiled = models.JSONField()
    compiled_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "content_hash", "language", "variant", "tracked"],
                name="compiled_email_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.language} {self.variant}"


class TrackedLink(models.Model):
    """A destination of a compiled mail; the mail carries only its id and a MAC."""

    compiled_email = models.ForeignKey(
        CompiledEmail, on_delete=models.PROTECT, related_name="links"
    )
    position = models.PositiveSmallIntegerField()
    url = models.TextField()
    label = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["compiled_email", "position"], name="link_once"),
        ]

    def __str__(self) -> str:
        return self.url
