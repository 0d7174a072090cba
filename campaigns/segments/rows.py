"""The rows a marketer stacks into a segment; each reads as one sentence.

What may be asked is this allow-list; ``campaigns.segments.compiling`` turns rows into one query.
"""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from campaigns.segments.choices import choice_options, list_options, question_options, topic_options


class AnswerRow(blocks.StructBlock):
    """Members who gave, or did not give, an answer."""

    operator = blocks.ChoiceBlock(
        choices=[("is", _("have answered")), ("is_not", _("have not answered"))], default="is"
    )
    choice = blocks.ChoiceBlock(choices=choice_options, label=_("answer"))

    class Meta:
        form_classname = "struct-block segment-row"
        icon = "form"
        label = _("Answer")


class AnsweredRow(blocks.StructBlock):
    """Members who answered, or never answered, a question at all."""

    operator = blocks.ChoiceBlock(
        choices=[("is", _("have answered")), ("is_not", _("have never answered"))], default="is"
    )
    question = blocks.ChoiceBlock(choices=question_options)

    class Meta:
        form_classname = "struct-block segment-row"
        icon = "help"
        label = _("Question answered")


class TopicRow(blocks.StructBlock):
    """Members who are, or are not, subscribed to a topic."""

    operator = blocks.ChoiceBlock(
        choices=[("is", _("are subscribed to")), ("is_not", _("are not subscribed to"))],
        default="is",
    )
    topic = blocks.ChoiceBlock(choices=topic_options)

    class Meta:
        form_classname = "struct-block segment-row"
        icon = "mail"
        label = _("Topic")


class PurchaseRow(blocks.StructBlock):
    """Members whose household bought at least so often in the last so many days."""

    operator = blocks.ChoiceBlock(
        choices=[("is", _("bought")), ("is_not", _("did not buy"))], default="is"
    )
    what = blocks.ChoiceBlock(
        choices=[
            ("anything", _("anything")),
            ("department", _("from the department")),
            ("category", _("from the category")),
        ],
        default="anything",
    )
    value = blocks.CharBlock(required=False, max_length=60, label=_("name"))
    at_least = blocks.IntegerBlock(default=1, min_value=1, label=_("at least this many times"))
    days = blocks.IntegerBlock(default=90, min_value=1, max_value=3660, label=_("in so many days"))

    class Meta:
        form_classname = "struct-block segment-row"
        icon = "tag"
        label = _("Purchase")


class ListRow(blocks.StructBlock):
    """Members who are, or are not, on an imported list."""

    operator = blocks.ChoiceBlock(
        choices=[("is", _("are on the list")), ("is_not", _("are not on the list"))], default="is"
    )
    member_list = blocks.ChoiceBlock(choices=list_options, label=_("list"))

    class Meta:
        form_classname = "struct-block segment-row"
        icon = "list-ul"
        label = _("List")


class LanguageRow(blocks.StructBlock):
    """Members who read a language."""

    operator = blocks.ChoiceBlock(
        choices=[("is", _("read")), ("is_not", _("do not read"))], default="is"
    )
    language = blocks.CharBlock(max_length=12)

    class Meta:
        form_classname = "struct-block segment-row"
        icon = "globe"
        label = _("Language")


class PlainRows(blocks.StreamBlock):
    """The rows without groups: what a group may hold."""

    answer = AnswerRow()
    answered = AnsweredRow()
    topic = TopicRow()
    purchase = PurchaseRow()
    member_list = ListRow()
    language = LanguageRow()


class GroupRow(blocks.StructBlock):
    """Rows in brackets, joined by their own and/or, perhaps negated."""

    match = blocks.ChoiceBlock(
        choices=[
            ("all", _("all of these")),
            ("any", _("any of these")),
            ("none", _("none of these")),
        ],
        default="any",
    )
    rows = PlainRows()

    class Meta:
        form_classname = "struct-block segment-group"
        icon = "folder-open-1"
        label = _("Group")


class SegmentRules(PlainRows):
    """The rows of a segment."""

    group = GroupRow()
