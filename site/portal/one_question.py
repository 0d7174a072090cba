"""One question by itself: a card on the member's page, or the page that a mail's answer opens."""

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.db.models import Max
from django.http import QueryDict
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from loyalty import bonuses
from loyalty.models import BonusRule
from portal import questions
from portal.questions import Row
from profiles import asking, preferences
from profiles.completeness import completeness
from profiles.models import Answer, Member, Question


@dataclass(frozen=True)
class AskedCard:
    """A question ready to be shown alone: where it posts to, and how much was told so far."""

    action: str
    row: Row
    told_at: datetime | None
    percent: int
    bonus: int  # points for a profile in which nothing is missing; 0 when none are left to get


class OneQuestionForm(forms.Form):
    """A single question; an empty answer is asked for again."""

    def __init__(
        self, member: Member, question: Question, data: QueryDict | None = None, chosen: str = ""
    ) -> None:
        name = f"q{question.pk}"
        told = questions.initial(member).get(name)
        super().__init__(data, initial={name: _with(question, told, chosen)})
        self.member, self.question, self.name = member, question, name
        questions.add_fields(self, [question], member.language)

    def clean(self) -> None:
        """Something must be said; to say nothing there is “not now”."""
        if not self.errors and self.value is None:
            self.add_error(self.name, _("Choose an answer, or say “Not now”."))

    @property
    def value(self) -> preferences.Value:
        """What was said."""
        return questions.values(self, [self.question])[self.question.pk]

    @property
    def row(self) -> Row:
        """The question as a template shows it."""
        return next(questions.rows(self, [self.question], self.member.language))

    def save(self, source: str) -> None:
        """Write the answer. Raises InvalidAnswer."""
        preferences.answer(self.member, self.question, self.value, source)


def asked_now(member: Member, token: str) -> AskedCard | None:
    """The card of this visit's question; None when there is nothing to ask."""
    question = asking.next_question(member)
    if question is None:
        return None
    action = reverse("portal:one_question", args=[token, question.pk])
    with translation.override(member.language):
        return card_of(OneQuestionForm(member, question), action)


def card_of(form: OneQuestionForm, action: str) -> AskedCard:
    """The card of a form."""
    answers = Answer.objects.filter(member=form.member, question=form.question)
    return AskedCard(
        action=action,
        row=form.row,
        told_at=answers.aggregate(at=Max("answered_at"))["at"],
        percent=completeness(form.member).percent,
        bonus=bonuses.waiting(form.member, BonusRule.Occasion.PROFILE),
    )


def _with(question: Question, told: object, chosen: str) -> object:
    """What a mail's link proposes, beside earlier ticks where several may be."""
    if not chosen:
        return told
    if question.kind == Question.Kind.ANY_OF:
        return [*(told if isinstance(told, list) else []), chosen]
    return chosen
