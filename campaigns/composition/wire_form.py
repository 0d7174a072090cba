"""A compiled e-mail laid out for speed: spans as bytes, slots sorted by where values come from."""

import quopri
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from campaigns.composition.headers import unstructured
from campaigns.composition.merge_tags import TagUse
from campaigns.composition.nodes import Condition, Nodes, Section, Slot
from campaigns.composition.plans import Laid, Part, Plans


class CompiledLike(Protocol):
    """What the layout reads of a compiled e-mail."""

    @property
    def kind(self) -> str: ...
    @property
    def from_header(self) -> str: ...
    @property
    def reply_to_header(self) -> str: ...
    @property
    def list_id(self) -> str: ...
    @property
    def feedback_id(self) -> str: ...
    @property
    def content_hash(self) -> str: ...
    @property
    def subject_template(self) -> Nodes: ...
    @property
    def text_nodes(self) -> Nodes: ...
    @property
    def html_nodes(self) -> Nodes: ...
    @property
    def slots(self) -> tuple[Slot, ...]: ...
    @property
    def conditions(self) -> tuple[Condition, ...]: ...


@dataclass(frozen=True)
class WireForm:
    """Everything that ``rendering`` needs of a compiled e-mail, looked up once."""

    slots: tuple[Slot, ...]
    conditions: tuple[Condition, ...]
    tags: tuple[tuple[int, TagUse], ...]
    links: tuple[tuple[int, int], ...]
    urls: tuple[tuple[int, str], ...]
    offers: tuple[tuple[int, str], ...]
    subject: Plans
    text: Plans
    html: Plans
    plain_text: Plans
    plain_html: Plans
    sender: bytes
    identity: bytes
    opening: bytes
    between: bytes
    closing: bytes
    can_unsubscribe: bool

    @classmethod
    def of(cls, compiled: CompiledLike) -> "WireForm":
        """Lay out ``compiled``."""
        slots = tuple(enumerate(compiled.slots))
        boundary = f"=_{compiled.content_hash[:24]}"  # "=_" cannot occur in quoted-printable
        return cls(
            slots=compiled.slots,
            conditions=compiled.conditions,
            tags=tuple((at, slot.tag) for at, slot in slots if slot.kind == "tag"),
            links=tuple((at, int(slot.ref)) for at, slot in slots if slot.kind == "link"),
            urls=tuple((at, slot.ref) for at, slot in slots if slot.kind == "url"),
            offers=tuple((at, slot.ref) for at, slot in slots if slot.kind == "offer"),
            subject=Plans(_laid(compiled.subject_template, str), ""),
            text=Plans(_laid(compiled.text_nodes, str.encode), b""),
            html=Plans(_laid(compiled.html_nodes, str.encode), b""),
            plain_text=Plans(_laid(compiled.text_nodes, _decoded), ""),
            plain_html=Plans(_laid(compiled.html_nodes, _decoded), ""),
            sender=(compiled.from_header + compiled.reply_to_header).encode(),
            identity=_identity(compiled),
            opening=_opening(boundary),
            between=f"\r\n--{boundary}\r\n".encode() + _part_headers("html"),
            closing=f"\r\n--{boundary}--\r\n".encode(),
            can_unsubscribe=compiled.kind == "marketing",
        )


def _laid(nodes: Nodes, spelled: Callable[[str], str | bytes]) -> Laid:
    return tuple(
        Part(node.condition, _laid(node.children, spelled))
        if isinstance(node, Section)
        else spelled(node)
        if isinstance(node, str)
        else node
        for node in nodes
    )


def _decoded(span: str) -> str:
    return quopri.decodestring(span).decode().replace("\r\n", "\n")


def _identity(compiled: CompiledLike) -> bytes:
    lines = [b"MIME-Version: 1.0\r\n"]
    if compiled.list_id:
        lines.append(unstructured("List-Id", compiled.list_id))
    if compiled.feedback_id:
        lines.append(unstructured("Feedback-ID", compiled.feedback_id))
    return b"".join(lines)


def _opening(boundary: str) -> bytes:
    return (
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n--{boundary}\r\n'
    ).encode() + _part_headers("plain")


def _part_headers(subtype: str) -> bytes:
    return (
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode()
