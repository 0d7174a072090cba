"""Asking: one question a visit, by condition, in order; stale ones again; “not now” for a month."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from profiles import asking
from profiles.completeness import completeness, percent_answered
from profiles.models import Choice, Member, Question
from profiles.preferences import QuestionClosed, answer, answers_of, forget_old_answers
from profiles.registration import new_member
from tests.cast import Club

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _morning() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def gloria(club: Club) -> Member:
    """An active member who has answered nothing."""
    return new_member(club.brand, "gloria@example.com", status="active")


def question(club: Club, key: str, kind: str = "one_of", **facts: object) -> Question:
    """One more question, with yes and no where there is something to choose."""
    made: Question = Question.objects.create(
        group=club.aisles.group, key=key, kind=kind, text={"en": key}, order=5, **facts
    )
    if kind in ("one_of", "any_of"):
        for order, choice in enumerate(("no", "yes")):
            Choice.objects.create(question=made, key=choice, label={"en": choice}, order=order)
    return made


def choice(asked: Question, key: str) -> Choice:
    """The choice of that key."""
    found: Choice = Choice.objects.get(question=asked, key=key)
    return found


@pytest.fixture
def children(club: Club) -> Question:
    """Are there any?"""
    return question(club, "children")


@pytest.fixture
def ages(club: Club, children: Question) -> Question:
    """How old is the youngest? For those with children."""
    made = question(club, "youngest", "number", minimum=0, maximum=17)
    made.only_if.set([choice(children, "yes")])
    made.save()
    return made


def test_the_first_open_question_is_asked_first(club: Club, gloria: Member) -> None:
    later = question(club, "later", "text")
    assert asking.next_question(gloria) == club.aisles
    answer(gloria, club.aisles, [club.aisles.choices.first().pk])
    assert asking.next_question(gloria) == later


def test_a_question_waits_for_its_condition(
    club: Club, gloria: Member, children: Question, ages: Question
) -> None:
    asked = [one.question for one in asking.standings(gloria)]
    assert asked == [club.aisles, children]
    answer(gloria, children, [choice(children, "yes").pk])
    assert ages in [one.question for one in asking.standings(gloria)]


def test_an_answer_that_is_not_asked_for_is_refused(gloria: Member, ages: Question) -> None:
    with pytest.raises(QuestionClosed):
        answer(gloria, ages, 4)


def test_what_hung_on_an_answer_goes_with_it(
    club: Club, gloria: Member, children: Question, ages: Question
) -> None:
    third = question(club, "third", "text")
    third.only_if.set([choice(children, "yes")])
    third.save()
    answer(gloria, children, [choice(children, "yes").pk])
    answer(gloria, ages, 0)
    answer(gloria, children, [choice(children, "no").pk])
    assert answers_of(gloria) == {"children": ["no"]}


def test_one_question_a_visit(club: Club, gloria: Member, children: Question) -> None:
    answer(gloria, club.aisles, [club.aisles.choices.first().pk], asking.CARD)
    assert asking.next_question(gloria) is None
    assert asking.one_more(gloria) == children
    assert asking.next_question(gloria, NOW + timedelta(hours=2)) == children


def test_not_now_holds_for_a_month(club: Club, gloria: Member, children: Question) -> None:
    asking.skip(gloria, club.aisles)
    asking.skip(gloria, club.aisles)
    assert asking.next_question(gloria) is None
    assert asking.next_question(gloria, NOW + timedelta(days=29)) == children
    assert asking.next_question(gloria, NOW + timedelta(days=31)) == club.aisles


def test_a_stale_answer_is_asked_again_after_the_new_ones(
    club: Club, gloria: Member, children: Question
) -> None:
    Question.objects.filter(pk=club.aisles.pk).update(ask_again_after_days=365)
    answer(gloria, club.aisles, [club.aisles.choices.first().pk])
    late = NOW + timedelta(days=365)
    assert asking.next_question(gloria, late - timedelta(days=1)) == children
    standing = asking.standings(gloria, late)[0]
    assert (standing.question, standing.is_stale) == (club.aisles, True)
    assert asking.next_question(gloria, late) == children
    answer(gloria, children, [choice(children, "no").pk])
    assert asking.next_question(gloria, late) == club.aisles


@pytest.mark.parametrize("facts", [{"is_active": False}, {"is_sensitive": True}])
def test_what_is_off_or_sensitive_is_not_asked(
    club: Club, gloria: Member, facts: dict[str, bool]
) -> None:
    Question.objects.filter(pk=club.aisles.pk).update(**facts)
    assert asking.next_question(gloria) is None


@pytest.mark.parametrize("status", ["pending", "left"])
def test_only_members_are_asked(gloria: Member, status: str) -> None:
    gloria.status = status
    assert asking.one_more(gloria) is None


@pytest.mark.usefixtures("ages")
def test_what_is_not_asked_of_you_does_not_count_against_you(
    club: Club, gloria: Member, children: Question
) -> None:
    answer(gloria, club.aisles, [club.aisles.choices.first().pk])
    assert percent_answered(gloria) == 50
    answer(gloria, children, [choice(children, "no").pk])
    assert percent_answered(gloria) == 100
    answer(gloria, children, [choice(children, "yes").pk])
    assert percent_answered(gloria) == 66


def test_completeness_names_what_is_missing_by_group(
    club: Club, gloria: Member, children: Question
) -> None:
    answer(gloria, club.aisles, [club.aisles.choices.first().pk])
    told = completeness(gloria)
    assert [(part.group, part.percent, part.missing) for part in told.groups] == [
        (club.aisles.group, 50, [children])
    ]


def test_answers_are_kept_as_long_as_their_question_says(
    club: Club, gloria: Member, children: Question
) -> None:
    Question.objects.filter(pk=children.pk).update(keep_days=30)
    answer(gloria, club.aisles, [club.aisles.choices.first().pk])
    answer(gloria, children, [choice(children, "no").pk])
    assert forget_old_answers(NOW + timedelta(days=29)) == 0
    assert forget_old_answers(NOW + timedelta(days=30)) == 1
    assert list(answers_of(gloria)) == ["aisles"]
