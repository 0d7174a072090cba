"""The blocks of a portal page; each has a template component of its own."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageBlock
from wagtail.models import Locale

from portal.pictures import PICTURES


class LinkValue(blocks.StructValue):
    """Knows where its button leads, so that templates need not ask."""

    @property
    def address(self) -> str:
        """The page's address; empty without a page."""
        page = self.get("page")
        return page.localized.url or "" if page else ""


class HeroBlock(blocks.StructBlock):
    """The first thing one sees: a promise, a sentence, a button, the market stall."""

    eyebrow = blocks.CharBlock(required=False)
    heading = blocks.CharBlock()
    text = blocks.TextBlock(required=False)
    button = blocks.CharBlock(required=False)
    page = blocks.PageChooserBlock(required=False)
    small_print = blocks.CharBlock(required=False)

    class Meta:
        icon = "home"
        template = "components/hero.html"
        value_class = LinkValue


class FactBlock(blocks.StructBlock):
    """One thing that is true of the club."""

    picture = blocks.ChoiceBlock(choices=PICTURES)
    heading = blocks.CharBlock()
    text = blocks.TextBlock()


class FactsBlock(blocks.StructBlock):
    """Three facts, side by side."""

    heading = blocks.CharBlock(required=False)
    facts = blocks.ListBlock(FactBlock(), min_num=1, max_num=4)

    class Meta:
        icon = "list-ul"
        template = "components/facts.html"


class CardBlock(blocks.StructBlock):
    """The membership card beside a text."""

    heading = blocks.CharBlock()
    text = blocks.RichTextBlock(features=["bold", "italic", "link", "ul"])

    class Meta:
        icon = "tag"
        label = _("Membership card")
        template = "components/card_block.html"


class CallToActionBlock(blocks.StructBlock):
    """A closing invitation with one button."""

    heading = blocks.CharBlock()
    text = blocks.TextBlock(required=False)
    button = blocks.CharBlock()
    page = blocks.PageChooserBlock(required=False)

    class Meta:
        icon = "pick"
        template = "components/call_to_action.html"
        value_class = LinkValue


class PictureBlock(blocks.StructBlock):
    """One illustration with its name."""

    picture = blocks.ChoiceBlock(choices=PICTURES)
    label = blocks.CharBlock()


class PicturesBlock(blocks.StructBlock):
    """A shelf of illustrations, such as the aisles of the shop."""

    heading = blocks.CharBlock()
    text = blocks.TextBlock(required=False)
    pictures = blocks.ListBlock(PictureBlock(), min_num=2)

    class Meta:
        icon = "image"
        template = "components/pictures.html"


class QuoteBlock(blocks.StructBlock):
    """What somebody said."""

    quote = blocks.TextBlock()
    name = blocks.CharBlock(required=False)

    class Meta:
        icon = "openquote"
        template = "components/quote.html"


class PictureTextBlock(blocks.StructBlock):
    """A photograph or an illustration beside a text."""

    image = ImageBlock(required=False)
    picture = blocks.ChoiceBlock(choices=PICTURES, required=False)
    heading = blocks.CharBlock(required=False)
    text = blocks.RichTextBlock(features=["bold", "italic", "link", "ul", "ol"])
    turned = blocks.BooleanBlock(required=False, label=_("Picture on the right"))

    class Meta:
        icon = "image"
        label = _("Picture and text")
        template = "components/picture_text.html"


class QuestionsBlock(blocks.StructBlock):
    """Questions that people ask, each opening on its answer."""

    heading = blocks.CharBlock(required=False)
    questions = blocks.ListBlock(
        blocks.StructBlock(
            [
                ("question", blocks.CharBlock()),
                ("answer", blocks.RichTextBlock(features=["bold", "italic", "link", "ul"])),
            ]
        ),
        min_num=1,
    )

    class Meta:
        icon = "help"
        label = _("Questions and answers")
        template = "components/questions_and_answers.html"


class StoriesBlock(blocks.StructBlock):
    """The newest stories of the page's language."""

    heading = blocks.CharBlock()
    number = blocks.IntegerBlock(default=3, min_value=1, max_value=6)

    class Meta:
        icon = "doc-full-inverse"
        template = "components/stories_block.html"

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        """With the stories."""
        from portal.models import StoryPage

        found: dict[str, Any] = super().get_context(value, parent_context)
        stories = StoryPage.objects.live().filter(locale=Locale.get_active())
        return {**found, "stories": stories.order_by("-told_on", "-pk")[: value["number"]]}


class BodyBlock(blocks.StreamBlock):
    """What a page may be made of."""

    hero = HeroBlock()
    facts = FactsBlock()
    pictures = PicturesBlock()
    card = CardBlock()
    text = blocks.RichTextBlock(
        features=["h2", "h3", "bold", "italic", "link", "ul", "ol", "hr"],
        template="components/text.html",
    )
    picture_text = PictureTextBlock()
    quote = QuoteBlock()
    questions = QuestionsBlock()
    stories = StoriesBlock()
    call_to_action = CallToActionBlock()
