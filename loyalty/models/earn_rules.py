"""Rules by which purchases earn points."""

from django.db import models

from profiles.models import Brand


class EarnRule(models.Model):
    """Points per amount, for one brand, from a day on; a change is a new rule, never an edit.

    A purchase earns ``floor(total_minor × points / per_minor)`` points; they can be spent
    ``pending_days`` after the purchase and lapse ``valid_days`` after it (null: never).
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="earn_rules")
    name = models.CharField(max_length=80)
    points = models.PositiveIntegerField(default=1)
    per_minor = models.PositiveIntegerField(default=100)
    pending_days = models.PositiveSmallIntegerField(default=0)
    valid_days = models.PositiveSmallIntegerField(null=True, blank=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(points__gt=0, per_minor__gt=0), name="earn_rule_pays"
            ),
        ]

    def __str__(self) -> str:
        return self.name
