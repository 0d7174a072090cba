"""Reads a marketer's blocks into pieces: what each block says, with its tags and links as tokens.

The HTML part (``mjml``) and the text part (``text_part``) are both written from the same pieces.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from wagtail.blocks import StreamValue
from wagtail.rich_text import expand_db_html

from campaigns.composition.draft import Draft, Phrase
from campaigns.composition.nodes import Condition, proposal
from campaigns.composition.pictures import picture_address
from campaigns.composition.rich_text import rich_phrase
from campaigns.composition.wording import Wording

Fields = dict[str, Any]
Raw = Mapping[str, Any]
NOTHING: Final = Phrase("", "")
AWNING_STRIPES: Final = 11
OFFER_FIELDS: Final = ("title", "description", "code", "valid_until", "url")


@dataclass(frozen=True)
class Piece:
    """One block ready to be written: its kind and its phrases, markers and inner pieces."""

    kind: str
    fields: Fields


def raw_blocks(body: Any) -> list[dict[str, Any]]:
    """The JSON list of a StreamField value, or of one that is such a list already.

    Raw values are read, not Wagtail's objects: those look their choices up in the database.
    """
    return list(body.get_prep_value() if isinstance(body, StreamValue) else body or ())


def pieces_of(draft: Draft, body: Iterable[Raw], words: Wording) -> list[Piece]:
    """Read raw blocks into pieces; an unknown kind of block is noted as a problem."""
    pieces = []
    for block in body:
        kind = block["type"]
        if kind in _READERS:
            pieces.append(Piece(kind, _READERS[kind](draft, block["value"], words)))
        else:
            draft.problems.append(f"there is no block “{kind}”")
    return pieces


def _header(draft: Draft, value: Raw, _words: Wording) -> Fields:
    stripes = range(AWNING_STRIPES) if value.get("awning", True) else ()
    return {"tagline": _phrase(draft, value, "tagline"), "stripes": stripes}


def _hero(draft: Draft, value: Raw, _words: Wording) -> Fields:
    return {name: _phrase(draft, value, name) for name in ("eyebrow", "title", "text")}


def _text(draft: Draft, value: Any, _words: Wording) -> Fields:
    return {"text": rich_phrase(draft, expand_db_html(str(value or "")))}


def _image(draft: Draft, value: Raw, words: Wording) -> Fields:
    alt = _phrase(draft, value, "alt")
    written = value.get("url")
    return {
        "address": picture_address(value.get("image"), draft),
        "alt": alt,
        "target": draft.link(written, draft.readable(alt.text)) if written else NOTHING,
        "words": words,
    }


def _button(draft: Draft, value: Raw, _words: Wording) -> Fields:
    label = _phrase(draft, value, "label")
    target = draft.link(value.get("url") or "", draft.readable(label.text))
    return {"label": label, "target": target, "is_quiet": value.get("style") == "quiet"}


def _offers(draft: Draft, value: Raw, words: Wording) -> Fields:
    more = words.more_offers.format(count="{{ offers_more }}")
    offer = {name: draft.offer(name) for name in OFFER_FIELDS}
    until = words.valid_until.format(date=offer["valid_until"].text)
    return {
        "begin": draft.begin(Condition("offers")),
        "title": _phrase(draft, value, "title"),
        "each": draft.begin_each_offer(),
        "offer": offer,
        "valid_until": Phrase(until, until),
        "label": draft.phrase(value.get("button") or words.see_offer),
        "end_each": draft.end(),
        "begin_more": draft.begin(Condition("offers_more")),
        "more": draft.phrase(more),
        "end_more": draft.end(),
        "end": draft.end(),
        "words": words,
    }


def _points(draft: Draft, value: Raw, words: Wording) -> Fields:
    return {
        "points": draft.phrase('{{ points|default("0") }}'),
        "label": draft.phrase(words.points),
        "text": _phrase(draft, value, "text"),
    }


def _question(draft: Draft, value: Raw, words: Wording) -> Fields:
    key = value.get("question") or ""
    text = _phrase(draft, value, "text")
    answers = [_proposed(draft, answer) for answer in _items(value, "answers")]
    if not answers and key:
        answers = [{"label": draft.phrase(words.answer), "target": draft.url(proposal(key))}]
    return {"text": text, "answers": answers}


def _proposed(draft: Draft, answer: Any) -> Fields:
    """One answer to tap; a bare label, or one without a choice, leads to the preferences."""
    said = answer if isinstance(answer, dict) else {"label": answer}
    key, _colon, choice = (said.get("choice") or "").partition(":")
    return {
        "label": draft.phrase(said.get("label") or ""),
        "target": draft.url(proposal(key, choice) if key else "preferences"),
    }


def _columns(draft: Draft, value: Raw, words: Wording) -> Fields:
    return {side: pieces_of(draft, value.get(side) or (), words) for side in ("left", "right")}


def _divider(_draft: Draft, _value: Any, _words: Wording) -> Fields:
    return {}


def _social(draft: Draft, value: Raw, _words: Wording) -> Fields:
    return {"links": [_button(draft, entry, _words) for entry in _items(value, "links")]}


def _section(draft: Draft, value: Raw, words: Wording) -> Fields:
    condition = _condition(value)
    if not (condition.answers or condition.question or condition.language):
        draft.problems.append("a section shown by answer does not say by which")
    begin = draft.begin(condition)
    inner = pieces_of(draft, value.get("body") or (), words)
    return {"begin": begin, "pieces": inner, "end": draft.end()}


def _condition(value: Raw) -> Condition:
    operator = value.get("operator") or "any_of"
    if operator in {"any_of", "none_of"}:
        pairs = (answer.partition(":") for answer in value.get("answers") or ())
        return Condition(operator, tuple((question, choice) for question, _colon, choice in pairs))
    if operator == "language":
        return Condition(operator, language=value.get("language") or "")
    return Condition(operator, question=value.get("question") or "")


def _phrase(draft: Draft, value: Raw, name: str) -> Phrase:
    return draft.phrase(value.get(name) or "")


def _items(value: Raw, name: str) -> list[Any]:
    """The values of a ListBlock, which stores each with an id of its own."""
    return [
        item["value"] if isinstance(item, dict) and item.get("type") == "item" else item
        for item in value.get(name) or ()
    ]


_READERS: Final[Mapping[str, Callable[[Draft, Any, Wording], Fields]]] = {
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
