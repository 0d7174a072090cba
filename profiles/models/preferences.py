"""The preference profile: what marketers ask and what members answer."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from modelcluster.models import ClusterableModel

from profiles.localised import LocalisedTextField, localise
from profiles.models.brands import Brand
from profiles.models.members import Member

LONGEST_TEXT = 2_000  # characters of a free text
LONGEST_SCALE = 11  # steps: what fits on a phone, and 0 to 10


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
    """Something a marketer asks members; answers are typed by ``kind``.

    ``minimum`` and ``maximum`` bound a number, and are the ends of a scale (1 and 5 unless set).
    ``only_if`` holds choices of one other question: who ticked none of them is not asked. Days
    count from the answer: after ``ask_again_after_days`` it is stale, after ``keep_days`` deleted.
    """

    class Kind(models.TextChoices):
        ONE_OF = "one_of", _("One of")
        ANY_OF = "any_of", _("Any of")
        SCALE = "scale", _("Scale")
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
    minimum = models.BigIntegerField(
        null=True, blank=True, help_text=_("Of a number; or where a scale begins, else 1.")
    )
    maximum = models.BigIntegerField(
        null=True, blank=True, help_text=_("Of a number; or where a scale ends, else 5.")
    )
    low_label = LocalisedTextField(
        blank=True, help_text=_("What the lower end of a scale means: “not at all”.")
    )
    high_label = LocalisedTextField(
        blank=True, help_text=_("What the upper end of a scale means: “very much”.")
    )
    max_length = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Of a free text, in characters; else 2,000.")
    )
    only_if = ParentalManyToManyField(
        "profiles.Choice",
        blank=True,
        related_name="opens",
        verbose_name=_("ask only who answered"),
        help_text=_("Choices of one other question. With none ticked, everyone is asked."),
    )
    ask_again_after_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text=_("An older answer counts as stale and is asked again; 365 is a year."),
    )
    keep_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text=_("An older answer is deleted. Empty: kept for as long as they are a member."),
    )
    is_sensitive = models.BooleanField(
        default=False,
        help_text=_("About health, religion, pregnancy and the like: only with explicit consent."),
    )
    ask_at_joining = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["group__order", "order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["group", "key"], name="question_key_once"),
            models.CheckConstraint(
                condition=models.Q(minimum=None)
                | models.Q(maximum=None)
                | models.Q(minimum__lt=models.F("maximum")),
                name="question_range_in_order",
            ),
            # the last number of a mail's link is a step plus one
            models.CheckConstraint(
                condition=~models.Q(kind="scale")
                | models.Q(minimum=None)
                | models.Q(minimum__gte=0),
                name="question_scale_from_zero",
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(ask_again_after_days=None) | models.Q(ask_again_after_days__gte=1)
                )
                & (models.Q(keep_days=None) | models.Q(keep_days__gte=1))
                & (models.Q(max_length=None) | models.Q(max_length__range=(1, LONGEST_TEXT))),
                name="question_limits_positive",
            ),
        ]

    def __str__(self) -> str:
        return localise(self.text, "en") or self.key

    @property
    def scale(self) -> range:
        """The steps of a scale."""
        low = 1 if self.minimum is None else self.minimum
        high = 5 if self.maximum is None else self.maximum
        return range(low, high + 1)

    def is_stale(self, answered_at: datetime, now: datetime) -> bool:
        """Whether an answer of that moment is to be asked again."""
        days = self.ask_again_after_days
        return days is not None and answered_at <= now - timedelta(days=days)


class Choice(models.Model):
    """One possible answer to a question of kind one-of or any-of."""

    question = ParentalKey(Question, on_delete=models.CASCADE, related_name="choices")
    key = models.SlugField()
    label = LocalisedTextField()
    picture = models.SlugField(blank=True, help_text=_("Name of one of the club's illustrations."))
    order = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(
        default=True, help_text=_("Switched off, it is offered no more; answers keep it.")
    )

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
            # profiles.asking.forget_old: the answers of a question that are too old to keep
            models.Index(fields=["question", "answered_at"], name="answer_by_age"),
        ]

    def __str__(self) -> str:
        return f"answer {self.pk}"
