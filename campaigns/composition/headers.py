"""Header lines: folded at 76, words outside ASCII encoded (RFC 2047), nothing injected.

Every function returns whole lines with CRLF and raises HeaderError for a value with a line break
or another control character.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Final

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ATOMS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/^_`{|}~-]+)*")
_ADDRESS: Final = re.compile(r"[!-~]+@[!-~]+")
_ENCODED_BYTES: Final = 39  # 52 characters in base64; 64 with "=?utf-8?b?" and "?="
_LONGEST_NAME: Final = 11  # of a header that still fits before an encoded word
_FIRST_LINE: Final = 76
_LONGEST_LINE: Final = 998  # RFC 5322 §2.1.1


class HeaderError(ValueError):
    """A value cannot stand in a header; the message says why."""


def unstructured(name: str, text: str) -> bytes:
    """A header of free text, such as the subject."""
    text = one_line(name, text)
    if text.isascii() and "=?" not in text:
        lines = _folded(f"{name}: ", text.split(" "))
        if all(len(line) <= _FIRST_LINE for line in lines):
            return "\r\n ".join(lines).encode() + b"\r\n"
    gap = " " if len(name) < _LONGEST_NAME else "\r\n "
    return f"{name}:{gap}".encode() + b"\r\n ".join(_encoded_words(text)) + b"\r\n"


def one_line(name: str, text: str) -> str:
    """Return ``text`` with single spaces, as a folded header can carry it."""
    return " ".join(part for part in checked(name, text).split(" ") if part)


def mailbox(name: str, display: str, address: str) -> bytes:
    """A header of one address with a display name, perhaps empty."""
    checked(name, display)
    display = " ".join(display.split())
    route = f"<{ascii_address(address)}>".encode()
    if not display:
        return f"{name}: ".encode() + route + b"\r\n"
    words = _display_words(display)
    line = f"{name}: ".encode() + b"\r\n ".join(words)
    last = len(line) - line.rfind(b"\n") - 1
    gap = b" " if last + 1 + len(route) <= _FIRST_LINE else b"\r\n "
    return line + gap + route + b"\r\n"


def token(name: str, text: str) -> bytes:
    """A header whose value is one unbreakable word of ASCII, such as a URL in brackets."""
    if not text.isascii() or " " in text:
        raise HeaderError(f"{name} is not plain ASCII")
    checked(name, text)
    gap = " " if len(name) + 2 + len(text) <= _FIRST_LINE else "\r\n "
    if len(text) > _LONGEST_LINE - 2:
        raise HeaderError(f"{name} is too long")
    return f"{name}:{gap}{text}\r\n".encode()


@lru_cache(maxsize=64)
def moment(when: datetime) -> str:
    """The Date header's text. Raises ValueError for a time without a zone."""
    if when.tzinfo is None:
        raise ValueError("a mail's date needs a time zone")
    return format_datetime(when.astimezone(UTC))


def ascii_address(address: str) -> str:
    """The address as SMTP without extensions takes it: its domain in IDNA's ASCII form."""
    local, at, domain = address.rpartition("@")
    try:
        spelled = f"{local}{at}{domain if domain.isascii() else domain.encode('idna').decode()}"
    except UnicodeError:
        raise HeaderError("the address has an impossible domain") from None
    if "=?" in spelled:
        # Some servers decode it (RFC 2047 forbids that) and mail somebody else.
        raise HeaderError("the address looks like an encoded word")
    if not _ADDRESS.fullmatch(spelled) or "<" in spelled or ">" in spelled or len(spelled) > 254:
        raise HeaderError("the address cannot stand in a header")
    return spelled


def checked(name: str, text: str) -> str:
    """Return ``text`` if it holds no line break, control character or half of a character."""
    if _CONTROL.search(text):
        raise HeaderError(f"{name} holds a line break or control character")
    return text


def _display_words(display: str) -> list[bytes]:
    if len(display) <= 60 and _ATOMS.fullmatch(display):
        return [display.encode()]
    if len(display) <= 60 and display.isascii() and "=?" not in display:
        escaped = display.replace("\\", "\\\\").replace('"', '\\"')
        if len(escaped) <= 64:
            return [f'"{escaped}"'.encode()]
    return list(_encoded_words(display))


def _folded(start: str, words: list[str]) -> list[str]:
    lines = [start + words[0]]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) < _FIRST_LINE:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines


def _encoded_words(text: str) -> Iterator[bytes]:
    whole = text.encode()
    if len(whole) <= _ENCODED_BYTES:
        yield b"=?utf-8?b?" + b64encode(whole) + b"?="
        return
    chunk = b""
    for character in text:
        raw = character.encode()
        if len(chunk) + len(raw) > _ENCODED_BYTES:
            yield b"=?utf-8?b?" + b64encode(chunk) + b"?="
            chunk = b""
        chunk += raw
    yield b"=?utf-8?b?" + b64encode(chunk) + b"?="
