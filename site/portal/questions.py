"""Questions that marketers wrote, as fields of a form and as rows for a template."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from profiles.localised import localise
from profiles.models import Answer, Brand, Member, Question
from profiles.preferences import BIGGEST, MAX_TEXT, Value

Kind = Question.Kind
_NUMBER = {"invalid": _("Write a whole number.")}
SCALE = [(str(number), str(number)) for number in range(1, 6)]


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

    @property
    def has_pictures(self) -> bool:
        """Whether its choices are shown as pictures."""
        return any(option.picture for option in self.options)


def questions_of(brand: Brand, *, at_joining: bool = False) -> list[Question]:
    """The brand's live questions in their order, with their choices."""
    questions = Question.objects.filter(group__brand=brand, is_active=True)
    if at_joining:
        questions = questions.filter(ask_at_joining=True)
    return list(questions.prefetch_related("choices"))


def add_fields(form: forms.Form, questions: Iterable[Question], language: str) -> None:
    """Add one optional field per question, named ``q<id>``."""
    for question in questions:
        form.fields[f"q{question.pk}"] = _field(question, language)


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


def rows(form: forms.Form, questions: Iterable[Question], language: str) -> Iterator[Row]:
    """The questions with what was answered, ready to be shown."""
    for question in questions:
        bound = form[f"q{question.pk}"]
        given = bound.value()
        chosen = {str(item) for item in (given if isinstance(given, list) else [given])}
        yield Row(
            name=bound.name,
            text=localise(question.text, language),
            purpose=localise(question.purpose, language),
            kind=question.kind,
            options=list(_options(question, language, chosen)),
            value="" if given is None else _text(given),
            errors=[str(error) for error in bound.errors],
        )


def _options(question: Question, language: str, chosen: set[str]) -> Iterator[Option]:
    if question.kind == Kind.SCALE:
        for value, label in SCALE:
            yield Option(value, label, "", value in chosen)
    for choice in question.choices.all():
        value = str(choice.pk)
        yield Option(value, localise(choice.label, language), choice.picture, value in chosen)


def _field(question: Question, language: str) -> forms.Field:
    label = localise(question.text, language)
    choices = [(str(c.pk), localise(c.label, language)) for c in question.choices.all()]
    fields: Mapping[str, forms.Field] = {
        Kind.ONE_OF: forms.ChoiceField(choices=[("", ""), *choices], required=False),
        Kind.ANY_OF: forms.MultipleChoiceField(choices=choices, required=False),
        Kind.SCALE: forms.ChoiceField(choices=[("", ""), *SCALE], required=False),
        Kind.NUMBER: forms.IntegerField(
            required=False, min_value=-BIGGEST, max_value=BIGGEST, error_messages=_NUMBER
        ),
        Kind.DATE: forms.DateField(required=False),
        Kind.TEXT: forms.CharField(required=False, max_length=MAX_TEXT),
    }
    field = fields[question.kind]
    field.label = label
    return field


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
