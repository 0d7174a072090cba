"""The question editor: conditions without circles, choices that stay, figures that add up."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from campaigns import staff_roles
from profiles import asking, conditions, preferences
from profiles.models import Choice, Question
from profiles.question_figures import figures
from tests import cast
from tests.cast import Club


@pytest.fixture
def client(club: Club) -> Client:
    """Signed in as Marta the marketer."""
    staff_roles.ensure()
    club.marketer.groups.add(Group.objects.get(name=staff_roles.MARKETERS))
    client = Client()
    client.force_login(club.marketer)
    return client


@pytest.fixture
def children(club: Club) -> Question:
    """Are there any?"""
    question: Question = Question.objects.create(
        group=club.aisles.group, key="children", kind="one_of", text={"en": "Children?"}
    )
    for order, key in enumerate(("no", "one", "two")):
        Choice.objects.create(question=question, key=key, label={"en": key.title()}, order=order)
    return question


def edited(question: Question, **changes: Any) -> dict[str, Any]:
    """What the editor posts when nothing is changed but this."""
    choices = list(question.choices.all())
    data = {
        "text_en": question.text["en"],
        "text_es": "",
        "group": question.group_id,
        "key": question.key,
        "order": question.order,
        "kind": question.kind,
        "is_active": "on",
        "choices-TOTAL_FORMS": len(choices),
        "choices-INITIAL_FORMS": len(choices),
        "choices-MIN_NUM_FORMS": 0,
        "choices-MAX_NUM_FORMS": 1000,
    }
    for number, choice in enumerate(choices):
        row = {
            "id": choice.pk,
            "label_en": choice.label["en"],
            "key": choice.key,
            "order": number,
            "ORDER": number + 1,
            "is_active": "on",
        }
        data |= {f"choices-{number}-{name}": value for name, value in row.items()}
    return {**data, **changes}


def page(client: Client, question: Question, **changes: Any) -> str:
    """The answer to saving, followed."""
    address = f"/staff/question/edit/{question.pk}/"
    return client.post(address, edited(question, **changes), follow=True).content.decode()


def test_a_condition_is_kept_and_read_as_a_sentence(
    client: Client, club: Club, children: Question
) -> None:
    some = list(children.choices.exclude(key="no").values_list("pk", flat=True))
    page(client, club.aisles, only_if=some)
    aisles = Question.objects.get(pk=club.aisles.pk)
    words = "Only members who answered “Children?” with One or Two."
    assert conditions.sentence(aisles, "en") == words
    assert words in client.get("/staff/question/").content.decode()


def test_a_circle_is_refused_with_its_path(client: Client, club: Club, children: Question) -> None:
    third = Question.objects.create(
        group=children.group, key="third", kind="one_of", text={"en": "Third?"}
    )
    yes = Choice.objects.create(question=third, key="yes", label={"en": "Yes"})
    for waiting, choice in ((third, children.choices.get(key="one")), (club.aisles, yes)):
        waiting.only_if.set([choice])
        waiting.save()
    bread = club.aisles.choices.get(key="bread").pk
    refused = page(client, children, only_if=[bread])
    assert "“Children?” → “Which aisles?” → “Third?” → “Children?”" in refused
    assert not Question.objects.get(pk=children.pk).only_if.exists()


def test_a_condition_on_two_questions_is_refused(
    client: Client, club: Club, children: Question
) -> None:
    third = Question.objects.create(
        group=children.group, key="third", kind="text", text={"en": "Third?"}
    )
    both = [club.aisles.choices.first().pk, children.choices.first().pk]
    assert "Tick choices of one question only" in page(client, third, only_if=both)


def test_a_choice_in_use_is_switched_off_not_deleted(
    client: Client, club: Club, children: Question
) -> None:
    gloria = cast.gloria(club)
    one = children.choices.get(key="one")
    preferences.answer(gloria, children, [one.pk])
    assert "Switch it off instead" in page(client, children, **{"choices-1-DELETE": "on"})
    page(client, children, **{"choices-1-is_active": "", "choices-2-DELETE": "on"})
    left = dict(children.choices.values_list("key", "is_active"))
    assert left == {"no": True, "one": False}
    preferences.answer(gloria, children, [one.pk])  # who chose it may keep it
    with pytest.raises(preferences.InvalidAnswer):
        preferences.answer(cast.bruno(club), children, [one.pk])


def test_a_kind_stays_once_it_was_answered(client: Client, club: Club, children: Question) -> None:
    preferences.answer(cast.gloria(club), children, [children.choices.first().pk])
    assert "Write a new question instead" in page(client, children, kind="any_of")


@pytest.mark.parametrize(
    "limits",
    [{"minimum": 5, "maximum": 5}, {"minimum": 0, "maximum": 11}, {"minimum": -1, "maximum": 3}],
)
def test_a_scale_fits_on_a_phone(
    client: Client, club: Club, children: Question, limits: dict[str, int]
) -> None:
    scale = Question.objects.create(
        group=children.group, key="scale", kind="scale", text={"en": "Scale?"}
    )
    assert "2 to 11 steps" in page(client, scale, **limits)


def test_the_figures_add_up(client: Client, club: Club, children: Question) -> None:
    people = cast.everyone(club)
    one = children.choices.get(key="one")
    for name in ("Ana", "Bruno"):
        preferences.answer(people[name], children, [one.pk])
    asking.skip(people["Gloria"], children)
    told = figures(children)
    assert (told.asked_of, told.answered, told.open, told.skipped) == (7, 2, 5, 1)
    assert [(said.label, said.number, said.percent) for said in told.said] == [
        ("No", 0, 0),
        ("One", 2, 100),
        ("Two", 0, 0),
    ]
    shown = client.get(f"/staff/question/inspect/{children.pk}/").content.decode()
    assert "Children?" in shown
    assert "not translated" in shown


def test_a_condition_counts_only_whom_it_lets_through(club: Club, children: Question) -> None:
    gloria = cast.gloria(club)
    cast.bruno(club)
    bread = club.aisles.choices.get(key="bread")
    children.only_if.set([bread])
    children.save()
    preferences.answer(gloria, club.aisles, [bread.pk])
    assert figures(children).asked_of == 1
