"""Answers: typed, replaced as a whole, refused when they do not fit."""

from datetime import date

import pytest
import time_machine

from profiles.models import Brand, Member, Question
from profiles.preferences import (
    InvalidAnswer,
    answer,
    answers_of,
    set_birthday,
    set_language,
)
from profiles.registration import new_member


@pytest.fixture
def ana(brand: Brand) -> Member:
    """A member."""
    return new_member(brand, "ana@example.com")


def _question(like: Question, kind: str) -> Question:
    question: Question = Question.objects.create(
        group=like.group, key=kind, kind=kind, text={"en": kind}
    )
    return question


def test_an_any_of_answer_is_replaced_as_a_whole(ana: Member, aisles: Question) -> None:
    bread, cheese = aisles.choices.values_list("pk", flat=True)
    answer(ana, aisles, [bread, cheese])
    answer(ana, aisles, [cheese])
    assert answers_of(ana) == {"aisles": ["cheese"]}
    answer(ana, aisles, None)
    assert answers_of(ana) == {}


@pytest.mark.parametrize(
    ("kind", "value"),
    [("scale", 4), ("number", 0), ("date", date(2020, 2, 29)), ("text", "Olives")],
)
def test_a_typed_answer_comes_back(ana: Member, aisles: Question, kind: str, value: object) -> None:
    answer(ana, _question(aisles, kind), value)  # type: ignore[arg-type]
    assert answers_of(ana) == {kind: value}


@pytest.mark.parametrize(
    ("kind", "value"),
    [("scale", 6), ("scale", True), ("number", "7"), ("number", 2**70), ("date", "today")],
)
def test_what_does_not_fit_is_refused(
    ana: Member, aisles: Question, kind: str, value: object
) -> None:
    with pytest.raises(InvalidAnswer):
        answer(ana, _question(aisles, kind), value)  # type: ignore[arg-type]


def test_a_choice_of_another_question_is_refused(ana: Member, aisles: Question) -> None:
    other = _question(aisles, "any_of")
    with pytest.raises(InvalidAnswer):
        answer(ana, other, [aisles.choices.first().pk])


def test_a_text_loses_what_a_database_cannot_store(ana: Member, aisles: Question) -> None:
    answer(ana, _question(aisles, "text"), "o\x00lives" + "x" * 5_000)
    assert len(answers_of(ana)["text"]) == 2_000


@time_machine.travel("2026-11-16")
@pytest.mark.parametrize(
    ("month", "day", "year"), [(2, 30, None), (13, 1, None), (1, 1, 1), (12, 24, 2026)]
)
def test_a_birthday_that_cannot_be_is_refused(
    ana: Member, month: int, day: int, year: int | None
) -> None:
    with pytest.raises(InvalidAnswer):
        set_birthday(ana, month, day, year)


def test_a_language_the_club_lacks_is_refused(ana: Member) -> None:
    with pytest.raises(InvalidAnswer):
        set_language(ana, "tlh")
