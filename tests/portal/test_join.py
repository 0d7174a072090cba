"""Joining: three calm steps, the same answer for everybody, nothing granted yet."""

from typing import Any

import pytest
from django.test import Client

from profiles.models import Answer, ConsentEvent, Member, OptInMail, Subscription
from tests import cast
from tests.cast import Club

pytestmark = pytest.mark.usefixtures("pages")

SENT = "/join/check-your-inbox/"


def step_one(club: Club, **changes: Any) -> dict[str, Any]:
    """What the first step posts."""
    return {
        "step": "address",
        "email": "hugo@example.com",
        "first_name": "Hugo",
        "language": "en",
        "topics": [str(club.wine.pk)],
        **changes,
    }


def step_two(club: Club, **changes: Any) -> dict[str, Any]:
    """What the second step posts: the first one again, and tastes."""
    cheese = club.aisles.choices.get(key="cheese")
    return step_one(club, step="tastes", **{f"q{club.aisles.pk}": [str(cheese.pk)], **changes})


def test_first_step_offers_topics_and_none_is_switched_on(club: Club, client: Client) -> None:
    page = client.get("/join/").content.decode()
    assert "Weekly offers" in page
    assert "Wine" in page
    assert "checked" not in page.split('name="topics"', 1)[1].split("</fieldset>", 1)[0]


def test_second_step_carries_the_first_along(club: Club, client: Client) -> None:
    page = client.post("/join/", step_one(club)).content.decode()
    assert 'name="email" value="hugo@example.com"' in page
    assert f'name="topics" value="{club.wine.pk}"' in page
    assert "What do you like, Hugo?" in page
    assert not Member.objects.exists()


def test_joining_stores_a_request_and_queues_one_mail(club: Club, client: Client) -> None:
    response = client.post("/join/", step_two(club, birth_day="29", birth_month="2"))
    assert (response.status_code, response["Location"]) == (302, SENT)
    member = Member.objects.get()
    assert (member.status, member.first_name, member.tracking) == ("pending", "Hugo", "unknown")
    assert Answer.objects.get().choice == club.aisles.choices.get(key="cheese")
    assert Subscription.objects.get().state == "pending"
    assert ConsentEvent.objects.get().requester_hash
    assert OptInMail.objects.get().kind == "confirm"
    assert member.important_dates.get().day == 29


def test_tracking_is_asked_for_only_when_ticked(club: Club, client: Client) -> None:
    assert 'name="tracking"' in client.post("/join/", step_one(club)).content.decode()
    client.post("/join/", step_two(club, topics=[]))
    assert not ConsentEvent.objects.exists()
    client.post("/join/", step_two(club, topics=[], tracking="on", email="ines@example.com"))
    assert ConsentEvent.objects.get().purpose == "tracking"


@pytest.mark.parametrize("make", [cast.gloria, cast.david, cast.felix])
def test_known_or_suppressed_address_gets_the_same_answer(club: Club, make: Any) -> None:
    known = make(club)
    answers = []
    for email in (known.email, known.email.upper(), "new@example.com", "x@nowhere.example"):
        browser = Client()
        first = browser.post("/join/", step_one(club, email=email))
        second = browser.post("/join/", step_two(club, email=email))
        third = browser.get(second["Location"])
        answers.append((first.status_code, second.status_code, second["Location"], third.content))
    assert len(set(answers)) == 1


def test_malformed_address_is_told_and_kept_in_its_field(club: Club, client: Client) -> None:
    page = client.post("/join/", step_one(club, email="abc")).content.decode()
    assert "Is something missing?" in page
    assert 'value="abc"' in page
    assert not Member.objects.exists()


def test_a_forged_second_step_still_needs_an_address(club: Club, client: Client) -> None:
    page = client.post("/join/", step_two(club, email="")).content.decode()
    assert "We need an address to write to." in page
    assert not Member.objects.exists()


def test_answers_that_were_not_offered_are_refused(club: Club, client: Client) -> None:
    response = client.post("/join/", step_two(club, **{f"q{club.aisles.pk}": ["999999"]}))
    assert response.status_code == 200
    assert not Member.objects.exists()


@pytest.mark.parametrize(("day", "month"), [("31", "2"), ("4", ""), ("0", "1")])
def test_impossible_birthday_is_told(club: Club, client: Client, day: str, month: str) -> None:
    response = client.post("/join/", step_two(club, birth_day=day, birth_month=month))
    assert response.status_code == 200
    assert 'class="error"' in response.content.decode()
    assert not Member.objects.exists()


def test_spanish_pages_speak_spanish(club: Club, client: Client) -> None:
    page = client.get("/es/unirse/").content.decode()
    assert '<html lang="es">' in page
    assert "Qué bien conocerte." in page
    response = client.post("/es/unirse/", step_two(club, language="es"))
    assert response["Location"] == "/es/unirse/check-your-inbox/"
    assert Member.objects.get().language == "es"
