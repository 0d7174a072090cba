"""For an ESP that fills in values: skeleton plus values is the mail that we would send."""

from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.composition.esp import FIELD_FORMAT, EspSkeleton, esp_skeleton, esp_values
from campaigns.composition.rendering import RenderedParts, render_parts
from tests.campaigns.composition.mails import ANA, ana, compiled

MAIL = compiled()
NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=40)


def merged(skeleton: EspSkeleton, values: dict[str, str]) -> RenderedParts:
    """Fill in as an ESP does: literally."""

    def fill(text: str) -> str:
        for key, value in values.items():
            text = text.replace(FIELD_FORMAT.format(key), value)
        return text

    return RenderedParts(fill(skeleton.subject), fill(skeleton.text), fill(skeleton.html))


@settings(max_examples=100, deadline=None)
@given(name=NAMES.filter(lambda name: "regulars_" not in name), vegan=st.booleans())
def test_skeleton_and_values_make_the_same_mail(name: str, vegan: bool) -> None:
    facts = ana(first_name=name, answers={"diet": ["vegan"]} if vegan else {})
    made = merged(esp_skeleton(MAIL), esp_values(MAIL, facts))
    parts = render_parts(MAIL, facts)
    assert (made.text, made.html) == (parts.text, parts.html)
    assert made.subject.split() == parts.subject.split()


def test_the_skeleton_holds_nothing_of_a_member() -> None:
    skeleton = esp_skeleton(MAIL)
    for part in (skeleton.subject, skeleton.text, skeleton.html):
        for value in ("Ana", "García", "7KQ2", "Slow lamb", ANA["url"]["unsubscribe"]):
            assert value not in part


def test_values_for_html_are_escaped_and_those_for_text_are_not() -> None:
    values = esp_values(MAIL, ana(first_name="<b>&"))
    assert "&lt;b&gt;&amp;" in values.values()
    assert "<b>&" in values.values()


def test_a_place_used_twice_is_one_value() -> None:
    values = esp_values(MAIL, ANA)
    addresses = [key for key, value in values.items() if value == ANA["url"]["preferences"]]
    assert len(addresses) == 2, "one for HTML, one for text"
