"""One question at a time: on the card with and without script, and from a link in a mail."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from loyalty.models import BonusRule, Entry
from profiles import preferences, signed_links
from profiles.models import Choice, Member, Question, QuestionSkip
from tests import cast
from tests.cast import Club
from tests.portal import links

pytestmark = pytest.mark.usefixtures("pages")


@pytest.fixture
def gloria(club: Club) -> Member:
    """A plain regular."""
    return cast.gloria(club)


@pytest.fixture
def bread(club: Club) -> Choice:
    """The first of the aisles."""
    found: Choice = club.aisles.choices.get(key="bread")
    return found


def mailed(member: Member, question: Question, value: int = 0) -> str:
    """The address of a mail's answer."""
    token = signed_links.make(signed_links.ANSWER, member.pk, 7, question.pk, value)
    return f"/answer/{token}/"


def posted(member: Member, question: Question) -> str:
    """Where the card posts to."""
    return f"{links.card(member)}question/{question.pk}/"


def test_the_card_asks_one_question_and_thanks(
    club: Club, client: Client, gloria: Member, bread: Choice
) -> None:
    assert "Which aisles?" in client.get(links.card(gloria)).content.decode()
    answered = client.post(posted(gloria, club.aisles), {f"q{club.aisles.pk}": [bread.pk]})
    assert answered.status_code == 302
    page = client.get(answered["Location"]).content.decode()
    assert "Thank you" in page
    assert "Which aisles?" not in page
    assert gloria.answers.get().source == "card"


def test_by_script_only_the_card_comes_back(
    club: Club, client: Client, gloria: Member, bread: Choice
) -> None:
    head = {"HX-Request": "true"}
    address = posted(gloria, club.aisles)
    empty = client.post(address, {}, headers=head).content.decode()
    assert "Choose an answer" in empty
    thanks = client.post(address, {f"q{club.aisles.pk}": [bread.pk]}, headers=head)
    assert thanks.content.decode().strip().startswith("<section")
    assert "no-store" in thanks["Cache-Control"]


def test_an_empty_answer_is_asked_for_again(club: Club, client: Client, gloria: Member) -> None:
    page = client.post(posted(gloria, club.aisles), {}).content.decode()
    assert "Choose an answer" in page
    assert not gloria.answers.exists()


def test_not_now_puts_it_aside(club: Club, client: Client, gloria: Member) -> None:
    client.post(posted(gloria, club.aisles), {"skip": "1"})
    assert QuestionSkip.objects.get().question == club.aisles
    assert "Which aisles?" not in client.get(links.card(gloria)).content.decode()


def test_opening_a_mails_answer_says_nothing_yet(
    club: Club, client: Client, gloria: Member, bread: Choice
) -> None:
    page = client.get(mailed(gloria, club.aisles, bread.pk + 1)).content.decode()
    assert f'value="{bread.pk}" checked' in page
    assert page.count(" checked") == 1
    assert not gloria.answers.exists()


def test_its_button_says_it_and_offers_one_more(
    club: Club, client: Client, gloria: Member, bread: Choice
) -> None:
    more = Question.objects.create(
        group=club.aisles.group, key="more", kind="text", text={"en": "What else?"}
    )
    address = mailed(gloria, club.aisles, bread.pk + 1)
    answered = client.post(address, {f"q{club.aisles.pk}": [bread.pk]}, follow=True)
    page = answered.content.decode()
    assert "Thank you, Gloria." in page
    assert "What else?" in page
    assert gloria.answers.get().source == "mail"
    assert "/preferences/" not in page  # a link to an answer opens nothing else
    second = client.post(mailed(gloria, more), {f"q{more.pk}": "Olives"}, follow=True)
    assert "Thank you, Gloria." in second.content.decode()


def test_a_scale_of_a_mail_may_begin_at_zero(club: Club, client: Client, gloria: Member) -> None:
    scale = Question.objects.create(
        group=club.aisles.group, key="nps", kind="scale", text={"en": "?"}, minimum=0, maximum=10
    )
    page = client.get(mailed(gloria, scale, 1)).content.decode()
    assert 'value="0" checked' in page
    client.post(mailed(gloria, scale, 1), {f"q{scale.pk}": "10"})
    assert preferences.answers_of(gloria) == {"nps": 10}


def test_a_mails_answer_to_a_closed_question_is_refused(
    club: Club, client: Client, gloria: Member, bread: Choice
) -> None:
    preferences.answer(gloria, club.aisles, [bread.pk])
    Question.objects.update(is_active=False)
    address = mailed(gloria, club.aisles, bread.pk + 1)
    for response in (client.get(address), client.post(address, {f"q{club.aisles.pk}": bread.pk})):
        assert response.status_code == 410
        assert "no longer asked" in response.content.decode()
    assert gloria.answers.count() == 1


def test_a_link_of_another_purpose_or_question_opens_nothing(club: Club, client: Client) -> None:
    gloria = cast.gloria(club)
    preference = signed_links.make(signed_links.PREFERENCES, gloria.pk, 0)
    assert client.get(f"/answer/{preference}/").status_code == 404
    assert client.get(mailed(gloria, Question(pk=999_999))).status_code == 404
    assert client.post(posted(gloria, Question(pk=999_999))).status_code == 404


def test_a_complete_profile_is_paid_once(
    club: Club, client: Client, gloria: Member, bread: Choice
) -> None:
    BonusRule.objects.create(
        brand=club.brand,
        occasion="profile",
        family="told",
        name="Told",
        points=50,
        valid_from=timezone.now() - timedelta(days=1),
    )
    hidden = Question.objects.create(
        group=club.aisles.group, key="hidden", kind="text", text={"en": "Only for some"}
    )
    hidden.only_if.set([club.aisles.choices.get(key="cheese")])
    hidden.save()
    for _time in range(2):
        client.post(posted(gloria, club.aisles), {f"q{club.aisles.pk}": [bread.pk]})
    assert Entry.objects.filter(source="bonus").count() == 1


def test_a_choice_switched_off_is_neither_shown_nor_taken(
    club: Club, client: Client, gloria: Member, bread: Choice
) -> None:
    Choice.objects.filter(pk=bread.pk).update(is_active=False)
    assert "Bread" not in client.get(links.card(gloria)).content.decode()
    client.post(posted(gloria, club.aisles), {f"q{club.aisles.pk}": [bread.pk]})
    assert not gloria.answers.exists()


def test_an_own_answer_that_is_no_longer_offered_may_be_kept(
    club: Club, client: Client, gloria: Member, bread: Choice
) -> None:
    preferences.answer(gloria, club.aisles, [bread.pk])
    Choice.objects.filter(pk=bread.pk).update(is_active=False)
    cheese = club.aisles.choices.get(key="cheese")
    page = client.get(mailed(gloria, club.aisles, cheese.pk + 1)).content.decode()
    assert page.count(" checked") == 2
    both = {f"q{club.aisles.pk}": [bread.pk, cheese.pk]}
    assert client.post(mailed(gloria, club.aisles), both).status_code == 302
    assert gloria.answers.count() == 2


def test_a_number_outside_its_range_is_explained(
    club: Club, client: Client, gloria: Member
) -> None:
    age = Question.objects.create(
        group=club.aisles.group, key="age", kind="number", text={"en": "?"}, minimum=0, maximum=17
    )
    page = client.post(mailed(gloria, age), {f"q{age.pk}": "18"}).content.decode()
    assert "less than or equal to 17" in page
    assert not gloria.answers.exists()


@pytest.mark.parametrize(("told", "status"), [("2028-02-29", 302), ("2027-02-29", 200)])
def test_the_29th_of_february_is_a_day_in_leap_years(
    club: Club, client: Client, gloria: Member, told: str, status: int
) -> None:
    feast = Question.objects.create(
        group=club.aisles.group, key="feast", kind="date", text={"en": "When?"}
    )
    posted_on = client.post(mailed(gloria, feast), {f"q{feast.pk}": told})
    assert posted_on.status_code == status
    assert gloria.answers.exists() is (status == 302)


@pytest.mark.parametrize("told", ["0001-01-01", "9999-12-31", "today", "\x00"])
def test_days_nobody_means_are_refused(
    club: Club, client: Client, gloria: Member, told: str
) -> None:
    feast = Question.objects.create(
        group=club.aisles.group, key="feast", kind="date", text={"en": "When?"}
    )
    page = client.post(mailed(gloria, feast), {f"q{feast.pk}": told})
    assert page.status_code == 200
    assert 'class="error"' in page.content.decode()


def test_the_card_takes_few_queries(
    club: Club, client: Client, gloria: Member, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(30):
        client.get(links.card(gloria))
