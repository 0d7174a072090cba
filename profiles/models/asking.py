"""Which questions were put aside by whom."""

from django.db import models
from django.utils import timezone

from profiles.models.members import Member
from profiles.models.preferences import Question


class QuestionSkip(models.Model):
    """“Not now”, said to a question. Written by ``profiles.asking`` alone."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="question_skips")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="skips")
    skipped_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "question"], name="question_skip_once"),
        ]

    def __str__(self) -> str:
        return f"skip {self.pk}"
