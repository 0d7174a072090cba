"""Quoted-printable spans that begin and end at the start of a line (RFC 2045 §6.7).

Every span ends with a line break, hard or soft, so spans can be joined in any order; no line is
longer than 76 characters, and none begins with a dot, so the bytes are the same in a file and
after SMTP's DATA command (RFC 5321 §4.5.2).
"""

import re
from typing import Final

LINE: Final = 75  # and the "=" of a soft break makes 76
_TABLE: Final = {bytes([byte]): b"=%02X" % byte for byte in range(256)}
_UNSAFE: Final = re.compile(rb"[^\x20-\x3c\x3e-\x7e\t]")
_PLAIN: Final = re.compile(rb"[\x20-\x2d\x2f-\x3c\x3e-\x7e][\x20-\x3c\x3e-\x7e]{0,74}")


def span(text: str) -> bytes:
    """Encode static text; line feeds become CRLF."""
    *full, last = text.split("\n")
    lines = [_hard_line(line) for line in full]
    return b"".join(lines) + (value(last) if last else b"")


def value(text: str) -> bytes:
    """Encode text without line breaks, ending with a soft break unless it is empty."""
    raw = text.encode()
    if _PLAIN.fullmatch(raw):
        return raw + b"=\r\n"
    return b"".join(line + b"=\r\n" for line in _wrapped(_quoted(raw)))


def verbatim(text: str) -> bytes:
    """Encode ASCII text that needs no quoting, at most two lines long."""
    raw = text.encode()
    if len(raw) <= LINE:
        return raw + b"=\r\n"
    return raw[:LINE] + b"=\r\n" + raw[LINE:] + b"=\r\n"


def address(text: str) -> bytes:
    """Encode an address of our own; nearly all need no quoting."""
    if len(text) <= LINE or (len(text) <= 2 * LINE and text[LINE] != "."):
        return verbatim(text)
    return value(text)


def _hard_line(text: str) -> bytes:
    quoted = _quoted(text.removesuffix("\r").encode())
    if quoted[-1:] in (b" ", b"\t"):
        quoted = quoted[:-1] + _TABLE[quoted[-1:]]
    return b"=\r\n".join(_wrapped(quoted)) + b"\r\n"


def _quoted(raw: bytes) -> bytes:
    return _UNSAFE.sub(lambda found: _TABLE[found[0]], raw)


def _wrapped(quoted: bytes) -> list[bytes]:
    lines = []
    at = 0
    while at < len(quoted):
        lead = b"=2E" if quoted[at] == ord(".") else b""
        at += 1 if lead else 0
        end = at + LINE - len(lead)
        if end < len(quoted):
            escape = quoted.rfind(b"=", max(end - 2, at), end)
            end = escape if escape > at else end
        lines.append(lead + quoted[at:end])
        at = end
    return lines
