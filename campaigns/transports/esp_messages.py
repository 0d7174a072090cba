"""Mails as Anymail messages: a skeleton with each recipient's values, or one mail filled in.

Anymail does not divide a batch, so this does: bounded in recipients and size, one compiled mail a
call, every address once, because Anymail keys values by address. The delivery's id travels as
metadata, by which the ESP's events find it again. The ESP's own tracking is switched off.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_string, policy
from typing import Any

from anymail.message import AnymailMessage

from campaigns.composition.compiled import Compiled
from campaigns.composition.rendering import esp_skeleton, render_parts
from campaigns.transports.batch import Outgoing

SENDGRID = "anymail.backends.sendgrid.EmailBackend"
MAILGUN = "anymail.backends.mailgun.EmailBackend"
# How these ESPs mark a place to fill in. With any other, each mail goes filled in, by itself.
FIELD_FORMATS = {SENDGRID: "-{}-", MAILGUN: "%recipient.{}%"}
BYTES_PER_CALL = 4_000_000
# SendGrid refuses more than 10,000 bytes of substitutions for one recipient, and more than 150.
VALUES_PER_RECIPIENT = 9_000
MOST_VALUES = 150
TRACKING_OFF = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
}


@dataclass(frozen=True)
class Prepared:
    """A mail and the values that an ESP would fill in."""

    mail: Outgoing
    values: dict[str, str] = field(repr=False)

    @property
    def alone(self) -> bool:
        """Whether the values are too long, or too many, to be filled in by the ESP."""
        size = sum(len(key) + len(value.encode()) for key, value in self.values.items())
        return size > VALUES_PER_RECIPIENT or len(self.values) > MOST_VALUES


def chunks(prepared: list[Prepared], together: int) -> Iterator[list[Prepared]]:
    """Divide mails so that each call has one compiled mail and is neither long nor large."""
    chunk: list[Prepared] = []
    size, seen = 0, set[str]()
    # Languages alternate in a batch; sorted, each is one call.
    for one in sorted(prepared, key=lambda one: (id(one.mail.compiled), one.alone)):
        address, weight = one.mail.recipient.lower(), len(one.mail.message)
        full = len(chunk) >= together or size + weight > BYTES_PER_CALL or one.alone
        if chunk and (full or address in seen or one.mail.compiled is not chunk[0].mail.compiled):
            yield chunk
            chunk, size, seen = [], 0, set()
        chunk.append(one)
        size += weight
        seen.add(address)
    if chunk:
        yield chunk


def write(chunk: list[Prepared], backend: str, connection: Any) -> AnymailMessage:
    """Write the message of one call."""
    message = (
        _filled(chunk[0].mail) if len(chunk) == 1 else _skeleton(chunk, FIELD_FORMATS[backend])
    )
    message.connection = connection
    message.track_clicks = message.track_opens = False
    message.esp_extra = _extra(backend)
    return message


def _filled(mail: Outgoing) -> AnymailMessage:
    parts = render_parts(mail.compiled, mail.facts)
    message = _message(mail.compiled, parts.subject, parts.text, parts.html)
    message.to = [mail.recipient]
    message.extra_headers = _headers(mail)
    message.metadata = _metadata(mail)
    return message


def _skeleton(chunk: list[Prepared], field_format: str) -> AnymailMessage:
    compiled = chunk[0].mail.compiled
    skeleton = esp_skeleton(compiled, field_format)
    message = _message(compiled, skeleton.subject, skeleton.text, skeleton.html)
    message.to = [one.mail.recipient for one in chunk]
    message.merge_data = {one.mail.recipient: one.values for one in chunk}
    message.merge_metadata = {one.mail.recipient: _metadata(one.mail) for one in chunk}
    message.merge_headers = {one.mail.recipient: _headers(one.mail) for one in chunk}
    return message


def _message(compiled: Compiled, subject: str, text: str, html: str) -> AnymailMessage:
    # The headers are kept ready for the wire; an ESP wants them readable.
    sender = message_from_string(
        compiled.from_header + compiled.reply_to_header, policy=policy.default
    )
    message = AnymailMessage(subject=subject, body=text, from_email=str(sender["From"]))
    if sender["Reply-To"]:
        message.reply_to = [str(sender["Reply-To"])]
    message.attach_alternative(html, "text/html")
    return message


def _metadata(mail: Outgoing) -> dict[str, str]:
    return {"delivery": str(mail.delivery_id)}


def _headers(mail: Outgoing) -> dict[str, str]:
    compiled = mail.compiled
    headers = {"Message-ID": mail.envelope.message_id}
    if compiled.list_id:
        headers["List-ID"] = compiled.list_id
    if compiled.feedback_id:
        headers["Feedback-ID"] = compiled.feedback_id
    if compiled.kind == "marketing":
        headers["List-Unsubscribe"] = f"<{mail.facts['url']['one_click']}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _extra(backend: str) -> dict[str, Any]:
    if backend != SENDGRID:
        return {}
    settings = {name: dict(value) for name, value in TRACKING_OFF.items()}
    return {"tracking_settings": settings, "merge_field_format": FIELD_FORMATS[SENDGRID]}
