"""Merge tags: a name from the menu, perhaps with a fallback, and nothing else."""

import pytest

from campaigns.composition.compiling import CompositionError
from campaigns.composition.merge_tags import MENU, TagError, TagUse, parse
from campaigns.composition.rendering import RenderError, render_parts
from tests.campaigns.composition.mails import ANA, ana, compiled, text


def shown(source: str, **changes: object) -> str:
    """The text part's first line for a paragraph."""
    mail = compiled(text(f"<p>{source}</p>"))
    return render_parts(mail, ana(**changes)).text.split("\n")[0]


def test_a_tag_gives_the_members_value() -> None:
    assert shown("{{ first_name }} has {{ points }} points in {{city}}") == (
        "Ana has 120 points in Sevilla"
    )


@pytest.mark.parametrize("missing", ["", "  ", None])
def test_a_fallback_stands_in_for_what_is_missing(missing: str | None) -> None:
    assert shown('Hello {{ first_name|default("neighbour") }}', first_name=missing) == (
        "Hello neighbour"
    )


def test_zero_is_a_value() -> None:
    assert shown('{{ points|default("no") }}', points=0) == "0"


def test_filters_also_change_the_fallback() -> None:
    assert shown("{{ first_name|default('you')|upper }}", first_name="") == "YOU"
    assert shown("{{ first_name|default('you')|upper }}") == "ANA"


def test_quotes_that_an_editor_has_curled_are_understood() -> None:
    assert parse("{{ first_name|default(“you”) }}") == [TagUse("first_name", (), "you")]
    assert parse("{{ first_name|default(\u2018you\u2019) }}") == [TagUse("first_name", (), "you")]


def test_without_value_and_fallback_that_one_mail_is_not_sent() -> None:
    mail = compiled(text("<p>{{ city }}</p>"))
    with pytest.raises(RenderError, match="city") as refusal:
        render_parts(mail, ana(city=""))
    assert refusal.value.slot == "{{ city }}"


def test_every_tag_of_the_menu_has_a_label_a_sample_and_a_value() -> None:
    for tag in MENU:
        assert tag.label
        assert tag.sample
        assert TagUse(tag.name).value(ANA) is not None


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("{{ nickname }}", "nickname"),
        ("{{ first_name|shout }}", "shout"),
        ("{{ first_name|default('') }}", "fallback"),
        ("{{ first_name|default }}", "fallback"),
        ("{{ first_name|upper('x') }}", "upper"),
        ("{{ first_name", "{{ first_name"),
        ("{{ }}", "merge tag"),
    ],
)
def test_what_is_not_on_the_menu_is_named(written: str, named: str) -> None:
    with pytest.raises(TagError, match=named.replace("{", r"\{")):
        parse(written)


def test_all_mistakes_of_a_mail_are_named_at_once() -> None:
    with pytest.raises(CompositionError) as refusal:
        compiled(text("<p>{{ nickname }}</p>"), subject="{{ shoe_size }}")
    assert len(refusal.value.problems) == 2
    assert "shoe_size" in str(refusal.value)
    assert "nickname" in str(refusal.value)
