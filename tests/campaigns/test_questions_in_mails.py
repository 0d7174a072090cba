"""A question in a mail: each answer a link of the member's own, which opens a page and no more."""

import re
from collections.abc import Mapping

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from campaigns import lifecycle
from campaigns.compiled_emails import load
from campaigns.composition.blocks import QuestionBlock
from campaigns.composition.rendering import render_parts
from campaigns.facts import facts_for
from campaigns.models import Campaign
from campaigns.previewing import preview
from profiles import signed_links
from profiles.models import Member, Question
from tests import cast
from tests.cast import Club

BLOCK = {
    "type": "question",
    "value": {
        "question": "aisles",
        "text": "Where do you go first?",
        "answers": [
            {"choice": "aisles:bread", "label": "Bread"},
            {"choice": "aisles:cheese", "label": "Cheese"},
        ],
    },
}


def started(club: Club, block: Mapping[str, object]) -> Campaign:
    """A campaign with the question, on its way."""
    made = cast.campaign(club)
    made.emails.update(body=[block])
    return lifecycle.start(cast.approved(club, Campaign.objects.get(pk=made.pk)))


def sent(campaign: Campaign, member: Member) -> tuple[str, str]:
    """The HTML and the text that the member gets."""
    rows = campaign.deliveries.filter(member=member)
    [(_recipient, facts)] = facts_for(campaign, rows)
    parts = render_parts(load(rows.get().compiled_email_id or 0).compiled, facts)
    return parts.html, parts.text


def numbers(html: str) -> list[tuple[int, ...]]:
    """What the answer links of a mail carry."""
    tokens = re.findall(r'href="[^"]*/answer/([^/"]+)/"', html)
    return [signed_links.read(signed_links.ANSWER, token) for token in tokens]


def test_each_answer_is_a_link_of_the_members_own(club: Club) -> None:
    gloria, bruno = cast.gloria(club), cast.bruno(club)
    campaign = started(club, BLOCK)
    bread, cheese = club.aisles.choices.order_by("key").values_list("pk", flat=True)
    for member in (gloria, bruno):
        html, text = sent(campaign, member)
        delivery = campaign.deliveries.get(member=member).pk
        assert numbers(html) == [
            (member.pk, delivery, club.aisles.pk, bread + 1),
            (member.pk, delivery, club.aisles.pk, cheese + 1),
        ]
        assert "Bread: http" in text


def test_a_tapped_answer_lands_where_a_button_says_it(club: Club, client: Client) -> None:
    gloria = cast.gloria(club)
    html, _text = sent(started(club, BLOCK), gloria)
    path = re.findall(r'href="https?://[^/"]+(/answer/[^"]+)"', html)[1]
    cheese = club.aisles.choices.get(key="cheese").pk
    assert f'value="{cheese}" checked' in client.get(path).content.decode()
    assert not gloria.answers.exists()
    client.post(path, {f"q{club.aisles.pk}": [cheese]})
    assert gloria.answers.get().choice_id == cheese


def test_a_question_without_answers_has_one_button(club: Club) -> None:
    Question.objects.create(group=club.aisles.group, key="wish", kind="text", text={"en": "Wish?"})
    gloria = cast.gloria(club)
    value = {"question": "wish", "text": "What do you wish for?", "answers": []}
    html, text = sent(started(club, {"type": "question", "value": value}), gloria)
    assert [found[3] for found in numbers(html)] == [0]
    assert "Tell us: http" in text


def test_a_question_withdrawn_meanwhile_leads_to_the_preferences(club: Club) -> None:
    gloria = cast.gloria(club)
    campaign = started(club, BLOCK)
    Question.objects.update(is_active=False)
    html, _text = sent(campaign, gloria)
    assert numbers(html) == []
    assert html.count("/preferences/") >= 3


def test_the_preview_shows_dead_links(club: Club) -> None:
    gloria = cast.gloria(club)
    campaign = started(club, BLOCK)
    shown = preview(campaign, gloria).html
    assert "/answer/" in shown
    with pytest.raises(signed_links.BadLink):
        numbers(shown)


@pytest.mark.parametrize(
    "value",
    [
        {"question": "aisles", "answers": [{"choice": "diet:vegan", "label": "Vegan"}]},
        {"question": "", "answers": []},
    ],
)
@pytest.mark.django_db
def test_the_editor_refuses_what_leads_nowhere(value: dict[str, object], club: Club) -> None:
    other = Question.objects.create(
        group=club.aisles.group, key="diet", kind="one_of", text={"en": "Diet?"}
    )
    other.choices.create(key="vegan", label={"en": "Vegan"})
    block = QuestionBlock()
    with pytest.raises(ValidationError):
        block.clean(block.to_python({"text": "?", **value}))
