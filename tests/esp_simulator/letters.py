"""The mail of each recipient of a call, as it would arrive: everything filled in.

Substitutions apply to subject, reply addresses and contents, all in one pass, so that no value is
searched for tags again. Section tags are then replaced by their sections, filled in likewise.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tests.esp_simulator.personal_limits import ROLES

_ATTEMPT = re.compile(r"<(\d+)\.(\d+)@")


@dataclass(frozen=True)
class Letter:
    """What one recipient gets. ``role`` is to, cc or bcc."""

    to: str
    role: str
    custom_args: dict[str, str]
    headers: dict[str, str]
    mail: dict[str, Any]

    @property
    def message_id(self) -> str:
        """The Message-ID header, in angle brackets, or nothing."""
        return next((v for k, v in self.headers.items() if k.lower() == "message-id"), "")

    @property
    def attempt(self) -> str:
        """The second number of the Message-ID ``<delivery.attempt@domain>``, or nothing."""
        match = _ATTEMPT.match(self.message_id)
        return match[2] if match else ""


def letters(call: dict[str, Any]) -> Iterator[Letter]:
    """One letter per recipient of a call that keeps the rules."""
    sections = call.get("sections") or {}
    for one in call["personalizations"]:
        values = {tag: value or "" for tag, value in (one.get("substitutions") or {}).items()}
        mail = _mail(call, one, values, sections)
        arguments = {**(call.get("custom_args") or {}), **(one.get("custom_args") or {})}
        for role in ROLES:
            for recipient in one.get(role) or []:
                yield Letter(recipient["email"], role, arguments, mail["headers"], mail)


def deliveries(call: Any) -> list[str]:
    """The deliveries that a call names, whatever else is wrong with it."""
    found = call.get("personalizations") if isinstance(call, dict) else None
    if not isinstance(found, list):
        return []
    common = _delivery(call)
    return [_delivery(one) or common for one in found]


def _delivery(part: Any) -> str:
    arguments = part.get("custom_args") if isinstance(part, dict) else None
    return str(arguments.get("delivery", "")) if isinstance(arguments, dict) else ""


def _mail(
    call: dict[str, Any], one: dict[str, Any], values: dict[str, str], sections: dict[str, str]
) -> dict[str, Any]:
    replies = call.get("reply_to_list") or [call.get("reply_to")]
    return {
        "from": one.get("from") or call["from"],
        "reply_to": [fill(reply["email"], values, sections) for reply in replies if reply],
        "subject": fill(one.get("subject", call.get("subject", "")), values, sections),
        "headers": {**(call.get("headers") or {}), **(one.get("headers") or {})},
        "content": {
            part["type"]: fill(part["value"], values, sections) for part in call["content"]
        },
    }


def fill(text: str, values: Mapping[str, str], sections: Mapping[str, str]) -> str:
    """Return the text with the recipient's values, and with sections, in place of their tags."""
    filled = _filled(text, values)
    for tag, section in sections.items():
        if tag in filled:
            filled = filled.replace(tag, _filled(section, values))
    return filled


def _filled(text: str, values: Mapping[str, str]) -> str:
    return "".join(values.get(part, part) for part in _cut(text, tuple(values)))


@lru_cache(maxsize=64)
def _cut(text: str, tags: tuple[str, ...]) -> tuple[str, ...]:
    """The text in pieces, each tag a piece of its own; the recipients of a call share them."""
    if not tags:
        return (text,)
    longest_first = sorted(tags, key=len, reverse=True)
    return tuple(re.split(f"({'|'.join(map(re.escape, longest_first))})", text))
