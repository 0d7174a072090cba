"""Compiles blocks to an e-mail that is ready to fill: a pure function, same input, same output."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from campaigns.composition import encoding, headers
from campaigns.composition.brand_facts import BrandFacts
from campaigns.composition.compiled import Compiled
from campaigns.composition.content import pieces_of, raw_blocks
from campaigns.composition.draft import Draft
from campaigns.composition.footer import footer_of
from campaigns.composition.mjml import html_of
from campaigns.composition.nodes import Condition, Link, Node, Nodes, Section, Slot
from campaigns.composition.text_part import text_of
from campaigns.composition.wording import wording

__all__ = [
    "BrandFacts",
    "Compiled",
    "CompositionError",
    "Condition",
    "EmailSource",
    "Link",
    "Slot",
    "compile_email",
]

_NONCE: Final = "zq7k"


class CompositionError(ValueError):
    """The content cannot become a mail; ``problems`` names every reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class EmailSource:
    """Everything a mail is made of.

    ``kind`` is marketing or service.
    ``blocks`` is a StreamValue of EmailBodyBlock or its raw JSON list. ``topic`` is the name of the
    topic in the mail's language; ``list_id`` and ``feedback_id`` are the values of those headers,
    left out when empty.
    """

    language: str
    subject: str
    blocks: Any = field(repr=False)
    brand: BrandFacts
    preheader: str = ""
    kind: str = "marketing"
    tracked: bool = False
    topic: str = ""
    list_id: str = ""
    feedback_id: str = ""


def compile_email(source: EmailSource) -> Compiled:
    """Compile ``source``. Raises CompositionError with every problem found."""
    blocks = raw_blocks(source.blocks)
    draft = Draft(
        nonce=_nonce(source, blocks),
        base_url=source.brand.base_url,
        tracked=source.tracked and source.kind == "marketing",
    )
    subject = draft.phrase(source.subject)
    preheader = draft.phrase(source.preheader)
    pieces = pieces_of(draft, blocks, wording(source.language))
    footer = footer_of(draft, source.brand, source.language, source.kind, source.topic)
    sender = _sender(draft, source)
    if not source.subject.strip():
        draft.problems.append("the subject is empty")
    if draft.problems:
        raise CompositionError(draft.problems)
    html = html_of(pieces, footer, source.brand, source.language, preheader)
    text = text_of(pieces, footer, source.brand.name)
    return Compiled(
        language=source.language,
        kind=source.kind,
        tracked=draft.tracked,
        from_header=sender["From"],
        reply_to_header=sender["Reply-To"],
        list_id=source.list_id,
        feedback_id=source.feedback_id,
        subject_template=draft.nodes(subject.text),
        text_nodes=_encoded(draft.nodes(text)),
        html_nodes=_encoded(draft.nodes(html.rstrip("\n") + "\n")),
        slots=tuple(draft.slots),
        conditions=tuple(draft.conditions),
        links=tuple(draft.links),
    )


def _sender(draft: Draft, source: EmailSource) -> dict[str, str]:
    brand = source.brand
    lines = {"From": "", "Reply-To": ""}
    try:
        lines["From"] = headers.mailbox("From", brand.sender_name, brand.sender_email).decode()
        if brand.reply_to:
            lines["Reply-To"] = headers.mailbox("Reply-To", "", brand.reply_to).decode()
        headers.checked("Subject", source.subject)
        for name, text in (("List-Id", source.list_id), ("Feedback-ID", source.feedback_id)):
            if text:
                headers.unstructured(name, text)
    except headers.HeaderError as error:
        draft.problems.append(str(error))
    return lines


def _nonce(source: EmailSource, blocks: list[dict[str, Any]]) -> str:
    """A word that occurs nowhere in the content, found the same way every time."""
    content = json.dumps(
        [source.subject, source.preheader, source.topic, blocks, asdict(source.brand)]
    )
    nonce = _NONCE
    while nonce in content:
        nonce += "k"
    return nonce


def _encoded(nodes: Nodes) -> Nodes:
    return tuple(_encoded_node(node) for node in nodes)


def _encoded_node(node: Node) -> Node:
    if isinstance(node, Section):
        return Section(node.condition, _encoded(node.children))
    return encoding.span(node).decode() if isinstance(node, str) else node
