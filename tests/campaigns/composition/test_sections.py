"""Sections shown by answer or language, and offers of one's own."""

from typing import Any

import pytest

from campaigns.composition.compiling import CompositionError
from campaigns.composition.rendering import RenderedParts, render_parts
from tests.campaigns.composition.mails import ANA, ana, compiled, section, text

LAMB = text("<p>Slow lamb for {{ first_name }}.</p>")


def shown(parts: RenderedParts, words: str) -> bool:
    """Whether both parts say it; they never disagree."""
    assert (words in parts.html) == (words in parts.text)
    return words in parts.html


@pytest.mark.parametrize(
    ("operator", "given", "expected"),
    [
        ("any_of", {"diet": ["vegan"]}, True),
        ("any_of", {"diet": ["fish", "vegan"]}, True),
        ("any_of", {"diet": "vegan"}, True),
        ("any_of", {"diet": ["fish"]}, False),
        ("any_of", {}, False),
        ("none_of", {"diet": ["vegan"]}, False),
        ("none_of", {"diet": ["fish"]}, True),
        ("none_of", {}, True),
    ],
)
def test_a_section_is_shown_by_answer(operator: str, given: dict[str, Any], expected: bool) -> None:
    mail = compiled(section(operator, LAMB, answers=["diet:vegan", "pets:dog"]))
    assert shown(render_parts(mail, ana(answers=given)), "Slow lamb") is expected


@pytest.mark.parametrize(
    ("given", "answered"), [({"age": 40}, True), ({"age": []}, False), ({}, False)]
)
def test_a_section_is_shown_by_whether_one_answered(given: dict[str, Any], answered: bool) -> None:
    facts = ana(answers=given)
    for operator, expected in (("answered", answered), ("not_answered", not answered)):
        mail = compiled(section(operator, LAMB, question="age"))
        assert shown(render_parts(mail, facts), "Slow lamb") is expected


def test_a_section_is_shown_by_language() -> None:
    mail = compiled(section("language", LAMB, language="es"))
    assert shown(render_parts(mail, ana(language="es")), "Slow lamb")
    assert not shown(render_parts(mail, ANA), "Slow lamb")


def test_a_value_missing_in_a_hidden_section_rejects_nothing() -> None:
    mail = compiled(section("any_of", LAMB, answers=["diet:fish"]), subject="Hello")
    parts = render_parts(mail, ana(first_name=""))
    assert not shown(parts, "Slow lamb")


def test_a_section_without_a_rule_is_named() -> None:
    with pytest.raises(CompositionError, match="by which"):
        compiled(section("any_of", LAMB, answers=[]))


def test_one_section_can_hold_every_other_block() -> None:
    inside = [
        {"type": "offers", "value": {"title": "For you"}},
        {"type": "points", "value": {"text": ""}},
        {"type": "columns", "value": {"left": [LAMB], "right": [LAMB]}},
    ]
    mail = compiled(section("any_of", *inside, answers=["diet:vegan"]))
    assert shown(render_parts(mail, ANA), "For you")
    assert not shown(render_parts(mail, ana(answers={})), "For you")


def test_each_member_sees_their_own_offers_in_order() -> None:
    parts = render_parts(compiled(), ANA)
    for field in ("title", "code", "url", "valid_until"):
        for offer in ANA["offers"]:
            assert shown(parts, offer[field])
    assert parts.html.index("tomatoes</h3>") < parts.html.index("Rioja at half price</h3>")
    assert shown(parts, "2 more are waiting")


def test_without_offers_the_block_leaves_no_trace() -> None:
    parts = render_parts(compiled(), ana(offers=[], offers_more=0))
    for words in ("Put aside for you", "See the offer", "more are waiting", "Valid until"):
        assert not shown(parts, words)
    assert "\n\n\n" not in parts.text


def test_an_unknown_block_is_named() -> None:
    with pytest.raises(CompositionError, match="carousel"):
        compiled({"type": "carousel", "value": {}})
