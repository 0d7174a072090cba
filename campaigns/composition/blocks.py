"""The blocks of which a marketer composes a mail."""

from wagtail import blocks


class EmailBodyBlock(blocks.StreamBlock):
    """The body of a mail."""

    text = blocks.RichTextBlock()
