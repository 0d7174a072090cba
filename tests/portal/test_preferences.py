"""The preference centre: what a member decides holds at once, and only what changed is written."""

from typing import Any

import pytest
from django.test import Client

from profiles.models import Answer, ConsentEvent, Member
from tests import cast
from tests.cast import Club
from tests.portal import links

pytestmark = pytest.mark.usefixtures("pages")


def choices(club: Club, **changes: Any) -> dict[str, Any]:
    """What the form posts when Ana changes nothing."""
    cheese = club.aisles.choices.get(key="cheese")
    return {
        "topics": [str(club.offers.pk)],
        "pause": "",
        "weekly_cap": "",
        "language": "es",
        "tracking": "on",
        f"q{club.aisles.pk}": [str(cheese.pk)],
        **changes,
    }


def saved(member: Member, data: dict[str, Any]) -> Member:
    """Post and read the member anew."""
    response = Client().post(links.preferences(member), data)
    assert response.status_code == 302, response.content.decode()
    return Member.objects.get(pk=member.pk)


def states(member: Member) -> dict[str, str]:
    """The member's subscriptions by topic."""
    return dict(member.subscriptions.values_list("topic__key", "state"))


def test_page_shows_todays_choices_in_the_members_language(club: Club, client: Client) -> None:
    page = client.get(links.preferences(cast.ana(club))).content.decode()
    assert "Ana, tú mandas." in page
    assert page.count("checked") == 4  # one topic, one aisle, the language, tracking


def test_saving_unchanged_writes_no_evidence_and_keeps_answers(club: Club) -> None:
    ana = cast.ana(club)
    before = list(ConsentEvent.objects.values_list("pk")), list(Answer.objects.values_list("pk"))
    saved(ana, choices(club))
    after = list(ConsentEvent.objects.values_list("pk")), list(Answer.objects.values_list("pk"))
    assert before == after


def test_topics_switch_on_and_off(club: Club) -> None:
    ana = cast.ana(club)
    saved(ana, choices(club, topics=[str(club.wine.pk)]))
    assert states(ana) == {"offers": "withdrawn", "wine": "subscribed"}
    assert ConsentEvent.objects.filter(member=ana, action="withdrawn").get().topic == club.offers


def test_tracking_is_withdrawn_by_its_switch(club: Club) -> None:
    ana = cast.ana(club)
    data = choices(club)
    del data["tracking"]
    assert saved(ana, data).tracking == "refused"


def test_pause_cap_language_and_birthday(club: Club) -> None:
    ana = cast.ana(club)
    changes = {"pause": "30", "weekly_cap": "2", "language": "en"}
    after = saved(ana, choices(club, **changes, birth_day="17", birth_month="5"))
    assert after.paused_until is not None
    assert (after.weekly_cap, after.language) == (2, "en")
    assert (after.important_dates.get().month, after.important_dates.get().year) == (5, None)


def test_saving_again_keeps_a_pause_as_it_is(club: Club) -> None:
    ana = saved(cast.ana(club), choices(club, pause="14"))
    assert saved(ana, choices(club, pause="keep")).paused_until == ana.paused_until


def test_an_answer_can_be_taken_back(club: Club) -> None:
    ana = cast.ana(club)
    saved(ana, choices(club, **{f"q{club.aisles.pk}": []}))
    assert not Answer.objects.filter(member=ana).exists()


def test_leaving_asks_once_then_ends_everything(club: Club, client: Client) -> None:
    ana = cast.ana(club)
    address = f"{links.preferences(ana)}leave/"
    assert client.get(address).status_code == 200
    assert Member.objects.get(pk=ana.pk).status == "active"
    assert client.post(address).status_code == 200
    assert Member.objects.get(pk=ana.pk).status == "left"
    assert set(states(ana).values()) == {"withdrawn"}
    assert "Has dejado el club." in client.get(links.preferences(ana)).content.decode()


def test_card_and_preferences_are_ready_within_thirty_queries(
    club: Club, client: Client, django_assert_max_num_queries: Any
) -> None:
    ana = cast.ana(club)
    for address in (links.preferences(ana), links.card(ana), "/", "/join/"):
        with django_assert_max_num_queries(30):
            assert client.get(address).status_code == 200
