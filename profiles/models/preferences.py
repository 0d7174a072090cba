"""The preference profile: what marketers ask and what members answer."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from profiles.localised import LocalisedTextField, localise
from profiles.models.brands import Brand
from profiles.models.members import Member


class QuestionGroup(models.Model):
    """A heading such as leisure, food or household."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="question_groups")
    key = models.SlugField()
    title = LocalisedTextField()
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["brand", "key"], name="question_group_key_once"),
        ]

    def __str__(self) -> str:
        return localise(self.title, "en") or self.key


class Question(ClusterableModel):
    """Something a marketer asks members; answers are typed by ``kind``."""

    class Kind(models.TextChoices):
        ONE_OF = "one_of", _("One of")
        ANY_OF = "any_of", _("Any of")
        SCALE = "scale", _("Scale from 1 to 5")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        TEXT = "text", _("Free text")

    group = models.ForeignKey(QuestionGroup, on_delete=models.PROTECT, related_name="questions")
    key = models.SlugField(help_text=_("Segments and merge tags know the question by it."))
    kind = models.CharField(max_length=8, choices=Kind.choices)
    text = LocalisedTextField()
    purpose = LocalisedTextField(
        rows=2, blank=True, help_text=_("What the answer is for; shown to the member.")
    )
    order = models.PositiveSmallIntegerField(default=0)
    ask_at_joining = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["group__order", "order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["group", "key"], name="question_key_once"),
        ]

    def __str__(self) -> str:
        return localise(self.text, "en") or self.key


class Choice(models.Model):
    """One possible answer to a question of kind one-of or any-of."""

    question = ParentalKey(Question, on_delete=models.CASCADE, related_name="choices")
    key = models.SlugField()
    label = LocalisedTextField()
    picture = models.SlugField(blank=True, help_text=_("Name of one of the club's illustrations."))
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["question", "key"], name="choice_key_once"),
        ]

    def __str__(self) -> str:
        return localise(self.label, "en") or self.key


class Answer(models.Model):
    """What a member said, one row per choice ticked, so that segments stay index-fast."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    choice = models.ForeignKey(Choice, on_delete=models.PROTECT, null=True, blank=True)
    number = models.BigIntegerField(null=True, blank=True)
    date = models.DateField(null=True, blank=True)
    text = models.TextField(blank=True)
    answered_at = models.DateTimeField(default=timezone.now)
    source = models.CharField(max_length=40, default="portal")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "question", "choice"],
                condition=models.Q(choice__isnull=False),
                name="answer_choice_once",
            ),
            models.UniqueConstraint(
                fields=["member", "question"],
                condition=models.Q(choice__isnull=True),
                name="answer_value_once",
            ),
        ]
        indexes = [
            # campaigns.segments: EXISTS(answers of this choice) and the profile page
            models.Index(fields=["question", "choice", "member"], name="answer_by_choice"),
        ]

    def __str__(self) -> str:
        return f"answer {self.pk}"
