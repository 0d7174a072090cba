"""What a marketer may stack in the editor, and the choices that blocks offer."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from PIL import Image as Drawing
from wagtail.images import get_image_model

from campaigns.composition.blocks import EmailBodyBlock
from campaigns.composition.choices import answer_options, question_options
from campaigns.composition.compiling import CompositionError
from campaigns.composition.preflight import check
from campaigns.composition.rendering import render_parts
from profiles.models import Brand, Choice, Question, QuestionGroup
from tests.campaigns.composition.mails import ANA, SITE, compiled, section, source, text

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the temporary file of a rendition to the garbage collector.
    pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning"),
]


@pytest.fixture
def diet() -> Question:
    """A question with two answers."""
    brand = Brand.objects.create(name="La Esquina", slug="la-esquina-of-blocks")
    group = QuestionGroup.objects.create(brand=brand, key="food", title={"en": "Food"})
    question: Question = Question.objects.create(
        group=group, key="diet", kind=Question.Kind.ANY_OF, text={"en": "What do you eat?"}
    )
    for order, key in enumerate(("vegan", "fish")):
        Choice.objects.create(
            question=question, key=key, label={"en": key.capitalize()}, order=order
        )
    return question


def test_choices_are_known_by_key_and_shown_in_words(diet: Question) -> None:
    assert ("diet", "What do you eat?") in question_options()
    assert [option for option in answer_options() if option[0].startswith("diet:")] == [
        ("diet:vegan", "What do you eat?: Vegan"),
        ("diet:fish", "What do you eat?: Fish"),
    ]


def test_a_section_by_answer_passes_the_editors_own_check(diet: Question) -> None:
    raw = [section("any_of", text("<p>Greens</p>"), answers=["diet:vegan"])]
    block = EmailBodyBlock()
    cleaned = block.clean(block.to_python(raw))
    mail = compiled(*cleaned.get_prep_value())
    assert "Greens" in render_parts(mail, ANA).text


def test_a_button_without_a_link_does_not(diet: Question) -> None:
    block = EmailBodyBlock()
    with pytest.raises(ValidationError):
        block.clean(block.to_python([{"type": "button", "value": {"label": "Go", "url": ""}}]))


def picture(alt: str) -> dict[str, object]:
    drawing = ContentFile(b"", name="tomato.png")
    Drawing.new("RGB", (40, 30), "#C8452B").save(drawing, "PNG")
    stored = get_image_model().objects.create(title="Tomato", file=drawing, width=40, height=30)
    return {"type": "image", "value": {"image": stored.pk, "alt": alt, "url": "/tomatoes/"}}


def test_a_picture_is_hosted_by_the_club_and_described() -> None:
    mail = compiled(picture("A tomato for {{ first_name }}"), tracked=False)
    parts = render_parts(mail, ANA)
    assert f'src="{SITE}/media/images/tomato' in parts.html
    assert 'alt="A tomato for Ana"' in parts.html
    assert f'href="{SITE}/tomatoes/"' in parts.html
    assert f"[Picture: A tomato for Ana]\n{SITE}/tomatoes/" in parts.text


def test_a_picture_without_description_is_a_warning_and_a_lost_one_an_error() -> None:
    report = check(source(picture("")), [ANA])
    assert [finding.code for finding in report.warnings] == ["no_alt"]
    with pytest.raises(CompositionError, match="picture is missing"):
        compiled({"type": "image", "value": {"image": 0, "alt": "x"}})
