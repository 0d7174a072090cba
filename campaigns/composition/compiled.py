"""The compiled e-mail: static spans, slots between them, and sections shown by condition.

The static spans of the text and HTML part are stored ready for the wire (quoted-printable, CRLF),
those of the subject as plain text.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final

from campaigns.composition.nodes import PROPOSAL, Condition, Link, Nodes, Section, Slot
from campaigns.composition.wire_form import WireForm

VERSION: Final = 1


@dataclass(frozen=True)
class Compiled:
    """An e-mail ready to fill. Serialises to JSON; equal content gives equal JSON."""

    language: str
    kind: str
    tracked: bool
    from_header: str
    reply_to_header: str
    list_id: str
    feedback_id: str
    subject_template: Nodes
    text_nodes: Nodes
    html_nodes: Nodes
    slots: tuple[Slot, ...]
    conditions: tuple[Condition, ...]
    links: tuple[Link, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain dicts, lists and strings."""
        plain = asdict(self)
        for part in ("subject_template", "text_nodes", "html_nodes"):
            plain[part] = _plain_nodes(getattr(self, part))
        # The round trip turns tuples into lists, so that stored and fresh JSON compare equal.
        result: dict[str, Any] = json.loads(json.dumps({"version": VERSION, **plain}))
        return result

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Compiled":
        """Read what ``to_json`` wrote. Raises ValueError for another version."""
        if plain.get("version") != VERSION:
            raise ValueError(f"compiled by another version: {plain.get('version')}")
        fields = {name: value for name, value in plain.items() if name != "version"}
        for part in ("subject_template", "text_nodes", "html_nodes"):
            fields[part] = _read_nodes(fields[part])
        fields["slots"] = tuple(
            Slot(**{**slot, "filters": tuple(slot["filters"])}) for slot in fields["slots"]
        )
        fields["conditions"] = tuple(
            Condition(**{**entry, "answers": tuple((q, c) for q, c in entry["answers"])})
            for entry in fields["conditions"]
        )
        fields["links"] = tuple(Link(**link) for link in fields["links"])
        return cls(**fields)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over everything that the mail is made of, in hexadecimal."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def asks_answers(self) -> bool:
        """Whether a section is shown by what the member answered."""
        return any(condition.question or condition.answers for condition in self.conditions)

    @cached_property
    def proposals(self) -> tuple[str, ...]:
        """The pages on which its questions are answered, as ``nodes.proposal`` names them."""
        named = {slot.ref for slot in self.slots if slot.kind == "url"}
        return tuple(sorted(name for name in named if name.startswith(PROPOSAL)))

    @cached_property
    def wire(self) -> WireForm:
        """The same as bytes and look-ups, made once per process for filling fast."""
        return WireForm.of(self)


def _plain_nodes(nodes: Nodes) -> list[Any]:
    return [
        {"if": node.condition, "nodes": _plain_nodes(node.children)}
        if isinstance(node, Section)
        else node
        for node in nodes
    ]


def _read_nodes(plain: Sequence[Any]) -> Nodes:
    return tuple(
        Section(node["if"], _read_nodes(node["nodes"])) if isinstance(node, dict) else node
        for node in plain
    )
