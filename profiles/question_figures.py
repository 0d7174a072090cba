"""How a question is doing: of how many it is asked, who answered, what, and who put it aside."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Avg, Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from profiles.asking import NOT_NOW
from profiles.models import Answer, Member, Question, QuestionSkip


@dataclass(frozen=True)
class Said:
    """How many members gave one answer; ``percent`` is of those who answered at all."""

    label: str
    number: int
    percent: float
    is_offered: bool = True


@dataclass(frozen=True)
class QuestionFigures:
    """Active members, by what became of the question; ``stale`` are among ``answered``."""

    asked_of: int
    answered: int
    stale: int
    skipped: int
    said: tuple[Said, ...]
    lowest: int | None = None
    average: float | None = None
    highest: int | None = None

    @property
    def open(self) -> int:
        """Who is asked and has not answered."""
        return max(0, self.asked_of - self.answered)


def figures(question: Question, now: datetime | None = None) -> QuestionFigures:
    """Count among the brand's active members, in a fixed number of queries."""
    now = now or timezone.now()
    answers = Answer.objects.filter(question=question, member__status=Member.Status.ACTIVE)
    answered = _members(answers)
    numbers = answers.aggregate(low=Min("number"), mean=Avg("number"), high=Max("number"))
    return QuestionFigures(
        asked_of=_asked_of(question).count(),
        answered=answered,
        stale=_members(_stale(question, answers, now)),
        skipped=QuestionSkip.objects.filter(
            question=question,
            skipped_at__gt=now - NOT_NOW,
            member__status=Member.Status.ACTIVE,
        ).count(),
        said=tuple(_said(question, answers, answered)),
        lowest=numbers["low"],
        average=numbers["mean"],
        highest=numbers["high"],
    )


def _asked_of(question: Question) -> QuerySet[Member]:
    """Whom the condition lets through; what stood under a failed one is deleted with it."""
    members = Member.objects.filter(
        account__brand=question.group.brand_id, status=Member.Status.ACTIVE
    )
    opening = [choice.pk for choice in question.only_if.all()]
    if not opening:
        return members
    return members.filter(Exists(Answer.objects.filter(member=OuterRef("pk"), choice__in=opening)))


def _members(answers: QuerySet[Answer]) -> int:
    return answers.aggregate(there=Count("member", distinct=True))["there"] or 0


def _stale(question: Question, answers: QuerySet[Answer], now: datetime) -> QuerySet[Answer]:
    days = question.ask_again_after_days
    return answers.filter(answered_at__lte=now - timedelta(days=days)) if days else answers.none()


def _said(question: Question, answers: QuerySet[Answer], answered: int) -> list[Said]:
    if question.kind == Question.Kind.SCALE:
        counts = dict(_counted(answers, "number"))
        steps = [(str(step), counts.get(step, 0), True) for step in question.scale]
    else:
        counts = dict(_counted(answers, "choice_id"))
        choices = question.choices.filter(Q(is_active=True) | Q(pk__in=list(counts)))
        steps = [(str(one), counts.get(one.pk, 0), one.is_active) for one in choices]
    return [
        Said(label, number, number * 100 / answered if answered else 0.0, is_offered)
        for label, number, is_offered in steps
    ]


def _counted(answers: QuerySet[Answer], column: str) -> list[tuple[int, int]]:
    told = answers.filter(**{f"{column}__isnull": False})
    rows = told.order_by().values_list(column).annotate(there=Count("member"))
    return [(int(value), there) for value, there in rows]
