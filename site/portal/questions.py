"""Questions that marketers wrote, as fields of a form and as rows for a template."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from profiles.asking import may_ask_sensitive
from profiles.completeness import Completeness
from profiles.conditions import conditions
from profiles.localised import localise
from profiles.models import Answer, Brand, Choice, Member, Question
from profiles.preferences import MAX_TEXT, Value, number_range, ticked

Kind = Question.Kind
_NUMBER = {"invalid": _("Write a whole number.")}
EARLIEST, LATEST = date(1900, 1, 1), date(2100, 12, 31)


@dataclass(frozen=True)
class Option:
    """One choice to tap."""

    value: str
    label: str
    picture: str
    chosen: bool


@dataclass(frozen=True)
class Row:
    """A question as a template shows it."""

    name: str
    text: str
    purpose: str
    kind: str
    options: list[Option]
    value: str
    errors: list[str]
    ends: tuple[str, str]
    limits: tuple[int | None, int | None]
    max_length: int
    is_stale: bool = False

    @property
    def has_pictures(self) -> bool:
        """Whether its choices are shown as pictures."""
        return any(option.picture for option in self.options)


def questions_of(brand: Brand, *, at_joining: bool = False) -> list[Question]:
    """The brand's live questions in their order, with their choices.

    At joining nothing is known yet that a condition could be met by.
    """
    questions = Question.objects.filter(group__brand=brand, is_active=True)
    if at_joining:
        # What is sensitive needs a consent of its own first.
        questions = questions.filter(ask_at_joining=True, is_sensitive=False, only_if=None)
    return list(questions.select_related("group").prefetch_related("choices"))


def questions_for(member: Member) -> list[Question]:
    """The live questions that are asked of a member, by what they answered so far."""
    rules, there = conditions(), ticked(member)
    sensitive_too = may_ask_sensitive(member)
    return [
        question
        for question in questions_of(member.account.brand)
        if rules.hold(question.pk, there) and (sensitive_too or not question.is_sensitive)
    ]


def add_fields(form: forms.Form, questions: Iterable[Question], language: str) -> None:
    """Add one optional field per question, named ``q<id>``."""
    for question in questions:
        name = f"q{question.pk}"
        form.fields[name] = _field(question, language, _chosen(form.initial.get(name)))


def values(form: forms.Form, questions: Iterable[Question]) -> dict[int, Value]:
    """What a valid form says, by question id; an empty answer is ``None``."""
    return {q.pk: _value(q, form.cleaned_data.get(f"q{q.pk}")) for q in questions}


def initial(member: Member) -> dict[str, Any]:
    """A member's answers as the initial values of their fields."""
    found: dict[str, Any] = {}
    for row in Answer.objects.filter(member=member).order_by("pk"):
        name = f"q{row.question_id}"
        if row.choice_id:
            found.setdefault(name, []).append(str(row.choice_id))
        else:
            found[name] = _first_told(row.number, row.date, row.text)
    return found


def chosen_of(question: Question, value: int) -> str:
    """A choice's id or a step of a scale as the field knows it; empty when it is not offered."""
    if question.kind == Kind.SCALE:
        return str(value) if value in question.scale else ""
    there = any(choice.pk == value and choice.is_active for choice in question.choices.all())
    return str(value) if there else ""


def rows(form: forms.Form, questions: Iterable[Question], language: str) -> Iterator[Row]:
    """The questions with what was answered, ready to be shown."""
    for question in questions:
        bound = form[f"q{question.pk}"]
        given = bound.value()
        chosen = _chosen(given)
        yield Row(
            name=bound.name,
            text=localise(question.text, language),
            purpose=localise(question.purpose, language),
            kind=question.kind,
            options=list(_options(question, language, chosen)),
            value="" if given is None else _text(given),
            errors=[str(error) for error in bound.errors],
            ends=(localise(question.low_label, language), localise(question.high_label, language)),
            limits=(question.minimum, question.maximum),
            max_length=question.max_length or MAX_TEXT,
        )


@dataclass(frozen=True)
class RowGroup:
    """The questions of one group as a template shows them, and how many of them are answered."""

    title: str
    rows: list[Row]
    told: int


def groups(
    form: forms.Form, questions: list[Question], language: str, told: Completeness
) -> list[RowGroup]:
    """The same, under the titles of their groups; stale answers are marked."""
    stale = {one.question.pk for one in told.standings if one.is_stale}
    missing = {question.pk for question in told.missing}
    found = []
    for group, each in groupby(questions, key=lambda question: question.group):
        ones = list(each)
        there = [
            replace(row, is_stale=question.pk in stale)
            for question, row in zip(ones, rows(form, ones, language), strict=True)
        ]
        known = sum(question.pk not in missing for question in ones)
        found.append(RowGroup(localise(group.title, language), there, known))
    return found


def _options(question: Question, language: str, chosen: set[str]) -> Iterator[Option]:
    if question.kind == Kind.SCALE:
        for value, label in _steps(question):
            yield Option(value, label, "", value in chosen)
    for choice in question.choices.all():
        value = str(choice.pk)
        # What is no longer offered stays visible to those who chose it.
        if choice.is_active or value in chosen:
            yield Option(value, localise(choice.label, language), choice.picture, value in chosen)


def _steps(question: Question) -> list[tuple[str, str]]:
    return [(str(number), str(number)) for number in question.scale]


def _chosen(given: Any) -> set[str]:
    return {str(item) for item in (given if isinstance(given, list) else [given])}


def _field(question: Question, language: str, kept: set[str]) -> forms.Field:
    low, high = number_range(question)
    offered = [one for one in question.choices.all() if one.is_active or str(one.pk) in kept]
    choices = [("", ""), *_labelled(offered, language)]
    fields: Mapping[str, forms.Field] = {
        Kind.ONE_OF: forms.ChoiceField(choices=choices, required=False),
        Kind.ANY_OF: forms.MultipleChoiceField(choices=choices[1:], required=False),
        Kind.SCALE: forms.ChoiceField(choices=[("", ""), *_steps(question)], required=False),
        Kind.NUMBER: forms.IntegerField(
            required=False, min_value=low, max_value=high, error_messages=_NUMBER
        ),
        Kind.DATE: _DateField(required=False),
        Kind.TEXT: forms.CharField(required=False, max_length=question.max_length or MAX_TEXT),
    }
    field = fields[question.kind]
    field.label = localise(question.text, language)
    return field


class _DateField(forms.DateField):
    """A day as a date input sends it; a century nobody means is a slip of the finger."""

    default_error_messages = {"invalid": _("This day does not exist.")}
    input_formats = ["%Y-%m-%d"]

    def clean(self, value: Any) -> Any:
        """The day, or nothing."""
        day = super().clean(value)
        if day is not None and not EARLIEST <= day <= LATEST:
            raise ValidationError(_("This year cannot be right."))
        return day


def _labelled(choices: Iterable[Choice], language: str) -> list[tuple[str, str]]:
    return [(str(choice.pk), localise(choice.label, language)) for choice in choices]


def _value(question: Question, given: Any) -> Value:
    if given in (None, "", []):
        return None
    if question.kind == Kind.ANY_OF:
        return [int(item) for item in given]
    if question.kind in (Kind.ONE_OF, Kind.SCALE):
        return [int(given)] if question.kind == Kind.ONE_OF else int(given)
    answer: Value = given
    return answer


def _first_told(*told: Any) -> Any:
    return next((value for value in told if value is not None), "")


def _text(given: Any) -> str:
    return given.isoformat() if isinstance(given, date) else str(given)
