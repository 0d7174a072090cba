"""Fills a compiled e-mail with the facts of one delivery: a join of bytes, the same for preview
and sending.

Member values are literal: escaped for HTML, never read as a template again. A value that is
missing without a fallback, or that cannot be written, rejects that one delivery with RenderError.
"""

from dataclasses import dataclass
from datetime import datetime

from campaigns.composition import headers
from campaigns.composition.compiled import Compiled
from campaigns.composition.esp import esp_skeleton, esp_values
from campaigns.composition.filling import PlainValues, RenderError, Values, fill
from campaigns.composition.merge_tags import Facts

__all__ = [
    "Envelope",
    "RenderError",
    "RenderedParts",
    "esp_skeleton",
    "esp_values",
    "render",
    "render_parts",
]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What one delivery adds to the headers. ``message_id`` stands in angle brackets."""

    delivery_id: int | str
    to_name: str
    to_address: str
    message_id: str
    date: datetime


@dataclass(frozen=True)
class RenderedParts:
    """The same mail as text, for people to look at."""

    subject: str
    text: str
    html: str


def render(compiled: Compiled, facts: Facts, envelope: Envelope) -> bytes:
    """Return the whole message, CRLF and all. Raises RenderError."""
    wire = compiled.wire
    values = Values(wire, facts)
    try:
        lines = [
            wire.sender,
            headers.mailbox("To", envelope.to_name, envelope.to_address),
            headers.unstructured("Subject", _subject(compiled, values)),
            f"Date: {headers.moment(envelope.date)}\r\n".encode(),
            headers.token("Message-ID", envelope.message_id),
            wire.identity,
        ]
        if wire.can_unsubscribe:
            lines += _unsubscribe_lines(facts)
        lines.append(headers.token("X-Regulars-Delivery", str(envelope.delivery_id)))
    except headers.HeaderError as error:
        raise RenderError("", str(error)) from None
    lines.append(wire.opening)
    lines += fill(wire.text, values, values.text, values.offers_text)
    lines.append(wire.between)
    lines += fill(wire.html, values, values.html, values.offers_html)
    lines.append(wire.closing)
    return b"".join(lines)


def render_parts(compiled: Compiled, facts: Facts) -> RenderedParts:
    """Return subject, text and HTML as the reader's mail program will show them.

    Raises RenderError exactly when ``render`` does for the same facts.
    """
    wire = compiled.wire
    values = PlainValues(wire, facts)
    return RenderedParts(
        subject=_checked_subject(compiled, values),
        text="".join(fill(wire.plain_text, values, values.text, values.offers_text)),
        html="".join(fill(wire.plain_html, values, values.html, values.offers_html)),
    )


def _subject(compiled: Compiled, values: Values) -> str:
    return "".join(fill(compiled.wire.subject, values, values.raw, []))


def _checked_subject(compiled: Compiled, values: Values) -> str:
    try:
        return headers.one_line("Subject", _subject(compiled, values))
    except headers.HeaderError as error:
        raise RenderError("", str(error)) from None


def _unsubscribe_lines(facts: Facts) -> list[bytes]:
    """RFC 2369 and RFC 8058: a mail program can unsubscribe the member without a page."""
    address = facts["url"].get("one_click") or facts["url"].get("unsubscribe")
    if not address:
        raise RenderError("List-Unsubscribe", "has no value")
    return [
        headers.token("List-Unsubscribe", f"<{address}>"),
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
    ]
