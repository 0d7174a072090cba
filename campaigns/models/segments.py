"""Segments: saved rule trees over members."""

from django.db import models
from wagtail.fields import StreamField
from wagtail.models import RevisionMixin

from campaigns.segments.rows import SegmentRules
from profiles.models import Brand


class Segment(RevisionMixin, models.Model):
    """A saved rule tree over members; its rows read as a sentence, joined by ``match``."""

    class Match(models.TextChoices):
        ALL = "all", "all of these"
        ANY = "any", "any of these"

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="segments")
    name = models.CharField(max_length=120)
    match = models.CharField(max_length=3, choices=Match.choices, default=Match.ALL)
    rules = StreamField(SegmentRules(required=False), blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "name"], name="segment_name_once")]

    def __str__(self) -> str:
        return self.name
