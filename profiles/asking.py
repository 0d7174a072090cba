"""Which question a member is asked next, one a visit, and what they put aside.

Asked is what the member's answers let through (profiles.conditions), what they have not answered
or answered too long ago; in the marketer's order, new questions before stale ones. “Not now” is
kept for thirty days.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from profiles.conditions import conditions
from profiles.models import Answer, Member, Question, QuestionSkip

NOT_NOW = timedelta(days=30)
VISIT = timedelta(hours=1)
CARD, MAIL = "card", "mail"  # sources of answers to a question that was asked by itself


@dataclass(frozen=True)
class Standing:
    """A question that is asked of a member, and when they answered it last."""

    question: Question
    answered_at: datetime | None
    is_stale: bool

    @property
    def is_open(self) -> bool:
        """Whether there is something to ask."""
        return self.answered_at is None or self.is_stale


def standings(member: Member, now: datetime | None = None) -> list[Standing]:
    """The questions that are asked of the member, in order; three queries."""
    now = now or timezone.now()
    answered_at, ticked = _answered(member)
    rules = conditions()
    return [
        Standing(question, at, at is not None and question.is_stale(at, now))
        for question in _questions(member)
        if rules.hold(question.pk, ticked)
        for at in [answered_at.get(question.pk)]
    ]


def may_ask_sensitive(_member: Member) -> bool:
    """Whether questions of a sensitive kind may be put to the member unasked for: never."""
    return False


def next_question(member: Member, now: datetime | None = None) -> Question | None:
    """The question for this visit; None when nothing is open or one was asked just now."""
    now = now or timezone.now()
    return None if _was_asked(member, now - VISIT) else one_more(member, now)


def one_more(member: Member, now: datetime | None = None) -> Question | None:
    """The next question whether or not one was asked just now, for a member who is at it."""
    now = now or timezone.now()
    if member.status != Member.Status.ACTIVE:
        return None
    skips = QuestionSkip.objects.filter(member=member, skipped_at__gt=now - NOT_NOW)
    aside = set(skips.values_list("question_id", flat=True))
    there = [one for one in standings(member, now) if one.is_open and one.question.pk not in aside]
    there.sort(key=lambda one: one.is_stale)
    return there[0].question if there else None


def skip(member: Member, question: Question, now: datetime | None = None) -> None:
    """Remember that the member does not want to say now."""
    QuestionSkip.objects.update_or_create(
        member=member, question=question, defaults={"skipped_at": now or timezone.now()}
    )


def _questions(member: Member) -> list[Question]:
    questions = Question.objects.filter(group__brand=member.account.brand_id, is_active=True)
    if not may_ask_sensitive(member):
        questions = questions.filter(is_sensitive=False)
    return list(questions.select_related("group"))


def _answered(member: Member) -> tuple[Mapping[int, datetime], set[int]]:
    """When each question was answered last, and every choice that was ticked."""
    moments: dict[int, list[datetime]] = defaultdict(list)
    ticked = set()
    rows = Answer.objects.filter(member=member)
    for question_id, choice_id, at in rows.values_list("question_id", "choice_id", "answered_at"):
        moments[question_id].append(at)
        if choice_id is not None:
            ticked.add(choice_id)
    return {question_id: max(ats) for question_id, ats in moments.items()}, ticked


def _was_asked(member: Member, since: datetime) -> bool:
    skips = QuestionSkip.objects.filter(member=member, skipped_at__gt=since)
    answers = Answer.objects.filter(member=member, source__in=[CARD, MAIL], answered_at__gt=since)
    return skips.exists() or answers.exists()
