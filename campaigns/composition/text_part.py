"""The plain text of a mail, written from the same pieces as its HTML.

Every piece ends with an empty line, so that a section left out leaves no gap.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from campaigns.composition.content import Piece
from campaigns.composition.draft import Marker, Phrase
from campaigns.composition.footer import Footer


def text_of(pieces: Sequence[Piece], footer: Footer, brand_name: str) -> str:
    """Return the whole text part with its tokens still in place."""
    links = "\n".join(f"{link.label}: {link.target.text}" for link in footer.links)
    below = _lines("-- ", footer.why, footer.sender, links)
    return _written(pieces, brand_name) + below.rstrip("\n") + "\n"


def _written(pieces: Sequence[Piece], brand_name: str) -> str:
    return "".join(_WRITERS[piece.kind](piece.fields, brand_name) for piece in pieces)


def _lines(*lines: Phrase | str) -> str:
    texts = [line.text if isinstance(line, Phrase) else line for line in lines]
    kept = [text for text in texts if text]
    return "\n".join(kept) + "\n\n" if kept else ""


def _header(fields: Mapping[str, Any], brand_name: str) -> str:
    return _lines(brand_name.upper(), fields["tagline"])


def _hero(fields: Mapping[str, Any], _brand_name: str) -> str:
    return _lines(fields["eyebrow"], fields["title"]) + _lines(fields["text"])


def _text(fields: Mapping[str, Any], _brand_name: str) -> str:
    return _lines(fields["text"])


def _image(fields: Mapping[str, Any], _brand_name: str) -> str:
    if not fields["alt"]:
        return ""
    return _lines(f"[{fields['words'].picture}: {fields['alt'].text}]", fields["target"])


def _button(fields: Mapping[str, Any], _brand_name: str) -> str:
    return _lines(f"→ {fields['label'].text}: {fields['target'].text}")


def _offers(fields: Mapping[str, Any], _brand_name: str) -> str:
    offer, words = fields["offer"], fields["words"]
    one = _lines(
        f"* {offer['title'].text}",
        offer["description"],
        f"{words.code}: {offer['code'].text}",
        fields["valid_until"],
        f"→ {fields['label'].text}: {offer['url'].text}",
    )
    parts = [
        fields["begin"].text,
        _lines(fields["title"]),
        fields["each"].text,
        one,
        fields["end_each"].text,
        fields["begin_more"].text,
        _lines(fields["more"]),
        fields["end_more"].text,
        fields["end"].text,
    ]
    return "".join(parts)


def _points(fields: Mapping[str, Any], _brand_name: str) -> str:
    return _lines(f"{fields['points'].text} {fields['label'].text}", fields["text"])


def _question(fields: Mapping[str, Any], _brand_name: str) -> str:
    answers = (f"→ {one['label'].text}: {one['target'].text}" for one in fields["answers"])
    return _lines(fields["text"], *answers)


def _columns(fields: Mapping[str, Any], brand_name: str) -> str:
    return _written(fields["left"], brand_name) + _written(fields["right"], brand_name)


def _divider(_fields: Mapping[str, Any], _brand_name: str) -> str:
    return "* * *\n\n"


def _social(fields: Mapping[str, Any], _brand_name: str) -> str:
    return _lines(*(f"{link['label'].text}: {link['target'].text}" for link in fields["links"]))


def _section(fields: Mapping[str, Any], brand_name: str) -> str:
    begin: Marker = fields["begin"]
    end: Marker = fields["end"]
    return begin.text + _written(fields["pieces"], brand_name) + end.text


_WRITERS: Final[Mapping[str, Callable[[Mapping[str, Any], str], str]]] = {
    "header": _header,
    "hero": _hero,
    "text": _text,
    "image": _image,
    "button": _button,
    "offers": _offers,
    "points": _points,
    "question": _question,
    "columns": _columns,
    "divider": _divider,
    "social": _social,
    "section": _section,
}
