"""The blocks of which a marketer composes a mail.

Every text may hold merge tags (``campaigns.composition.merge_tags``). A link is an address
(https, mailto, tel), a path on the club's own site, or one of the tags ``{{ preferences_url }}``,
``{{ unsubscribe_url }}`` and ``{{ view_url }}``.
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock

from campaigns.composition.choices import answer_options, proposal_options, question_options

TEXT_FEATURES = ["bold", "italic", "link", "h2", "h3", "ol", "ul"]
LINK_HELP = _("https://…, a path such as /offers/, or {{ preferences_url }}.")
OPERATORS = [
    ("any_of", _("who gave any of these answers")),
    ("none_of", _("who gave none of these answers")),
    ("answered", _("who answered the question")),
    ("not_answered", _("who never answered the question")),
    ("language", _("who read this language")),
]


class HeaderBlock(blocks.StructBlock):
    """The brand's name above everything else."""

    tagline = blocks.CharBlock(required=False, max_length=120)
    awning = blocks.BooleanBlock(
        required=False, default=True, help_text=_("Stripes of a shop's awning above the name.")
    )

    class Meta:
        icon = "home"
        label = _("Header")


class HeroBlock(blocks.StructBlock):
    """The one thing that this mail says, large."""

    eyebrow = blocks.CharBlock(required=False, max_length=60, label=_("line above"))
    title = blocks.CharBlock(max_length=160)
    text = blocks.TextBlock(required=False, max_length=600, rows=3)

    class Meta:
        icon = "title"
        label = _("Hero")


class ImageBlock(blocks.StructBlock):
    """A picture; what it shows is said for those who do not see it."""

    image = ImageChooserBlock()
    alt = blocks.CharBlock(required=False, max_length=200, label=_("description"))
    url = blocks.CharBlock(required=False, max_length=500, label=_("link"), help_text=LINK_HELP)

    class Meta:
        icon = "image"
        label = _("Picture")


class ButtonBlock(blocks.StructBlock):
    """What to do next."""

    label = blocks.CharBlock(max_length=60)
    url = blocks.CharBlock(max_length=500, label=_("link"), help_text=LINK_HELP)
    style = blocks.ChoiceBlock(
        choices=[("filled", _("filled, for the main thing")), ("quiet", _("quiet, in words"))],
        default="filled",
    )

    class Meta:
        icon = "link"
        label = _("Button")


class OffersBlock(blocks.StructBlock):
    """The member's own vouchers; nothing at all for a member without any."""

    title = blocks.CharBlock(required=False, max_length=120)
    button = blocks.CharBlock(required=False, max_length=60, label=_("label of the button"))

    class Meta:
        icon = "tag"
        label = _("Offers")


class PointsBlock(blocks.StructBlock):
    """The member's balance of points."""

    text = blocks.CharBlock(required=False, max_length=200)

    class Meta:
        icon = "pick"
        label = _("Points")


class ProposedAnswerBlock(blocks.StructBlock):
    """One answer to tap: it opens a page on which it is ticked already."""

    choice = blocks.ChoiceBlock(choices=proposal_options, required=False)
    label = blocks.CharBlock(max_length=60)


class QuestionBlock(blocks.StructBlock):
    """One question about tastes; a tapped answer opens a page whose button says it.

    Without a choice an answer leads to the preferences; without answers there is one button.
    """

    question = blocks.ChoiceBlock(choices=question_options, required=False)
    text = blocks.CharBlock(max_length=200)
    answers = blocks.ListBlock(
        ProposedAnswerBlock(), label=_("answers to show"), min_num=0, default=[]
    )

    class Meta:
        icon = "help"
        label = _("Question")

    def clean(self, value: Any) -> Any:
        """Refuse answers of another question, and a question that nothing leads to."""
        cleaned = super().clean(value)
        key = cleaned.get("question") or ""
        chosen = [answer.get("choice") for answer in cleaned["answers"] if answer.get("choice")]
        if any(not choice.startswith(f"{key}:") for choice in chosen):
            other = ValidationError(_("Each answer must belong to the question above."))
            raise blocks.StructBlockValidationError({"question": other})
        if not key and not cleaned["answers"]:
            none = ValidationError(_("Choose a question, or write answers."))
            raise blocks.StructBlockValidationError({"question": none})
        return cleaned


class DividerBlock(blocks.StaticBlock):
    """A quiet line."""

    class Meta:
        icon = "minus"
        label = _("Divider")
        admin_text = _("A quiet line.")


class SocialLinkBlock(blocks.StructBlock):
    """One place where the brand can be found."""

    label = blocks.CharBlock(max_length=40)
    url = blocks.CharBlock(max_length=500, label=_("link"))


class SocialBlock(blocks.StructBlock):
    """Where else the brand can be found, in words: no third party's pictures."""

    links = blocks.ListBlock(SocialLinkBlock())

    class Meta:
        icon = "group"
        label = _("Elsewhere")


class ColumnBody(blocks.StreamBlock):
    """What fits in half the width."""

    text = blocks.RichTextBlock(features=TEXT_FEATURES)
    image = ImageBlock()
    button = ButtonBlock()

    class Meta:
        required = False


class ColumnsBlock(blocks.StructBlock):
    """Two columns, one below the other on a phone."""

    left = ColumnBody()
    right = ColumnBody()

    class Meta:
        icon = "grip"
        label = _("Two columns")


class PlainBody(blocks.StreamBlock):
    """The blocks that everyone sees."""

    header = HeaderBlock()
    hero = HeroBlock()
    text = blocks.RichTextBlock(features=TEXT_FEATURES)
    image = ImageBlock()
    button = ButtonBlock()
    offers = OffersBlock()
    points = PointsBlock()
    question = QuestionBlock()
    columns = ColumnsBlock()
    divider = DividerBlock()
    social = SocialBlock()


class SectionBlock(blocks.StructBlock):
    """Blocks shown only to members of whom something is true."""

    operator = blocks.ChoiceBlock(choices=OPERATORS, default="any_of", label=_("shown to members"))
    answers = blocks.MultipleChoiceBlock(choices=answer_options, required=False)
    question = blocks.ChoiceBlock(choices=question_options, required=False)
    language = blocks.ChoiceBlock(choices=list(settings.LANGUAGES), required=False)
    body = PlainBody()

    class Meta:
        icon = "view"
        label = _("Shown by answer")


class EmailBodyBlock(PlainBody):
    """The body of a mail."""

    section = SectionBlock()
