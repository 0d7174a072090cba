"""Links that a mail carries: ids and a purpose-bound MAC, never a destination or an address.

A token is base64url(varints ‖ MAC): the first number is the moment of expiry in seconds since the
epoch (0: never), the rest are ids. The MAC is keyed BLAKE2b of 128 bits (RFC 7693 §2.9), bound to
the purpose, so that a token of one purpose is worthless for another.
"""

import binascii
import hashlib
import hmac
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.utils import timezone

CONFIRM = "confirm"
ADDRESS = "address"
PREFERENCES = "preferences"
UNSUBSCRIBE = "unsubscribe"
OFFER = "offer"
VIEW = "view"
CLICK = "click"
OPEN = "open"
SIMULATION = "simulation"
ANSWER = "answer"
TILL = "till"

MAC_BYTES = 16
MAX_TOKEN = 128
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
NEVER = b"\0"  # the expiry of a token that has none


class BadLink(Exception):
    """The token is malformed, forged or of another purpose."""


class ExpiredLink(BadLink):
    """The token is genuine but its time has passed."""


def make(purpose: str, *numbers: int, expires_at: datetime | None = None) -> str:
    """Return a URL-safe token for ``numbers`` (non-negative integers)."""
    expiry = int(expires_at.timestamp()) if expires_at else 0
    payload = b"".join(map(_varint, (expiry, *numbers)))
    return _token(payload, _mac(payload, purpose))


def signer(purpose: str) -> Callable[..., str]:
    """``make`` for many tokens of one purpose that never expire."""
    fresh = _keyed(settings.SECRET_KEY, purpose).copy

    def sign(*numbers: int) -> str:
        # A mail carries a dozen tokens: what is common to all of them is done once.
        payload = NEVER + b"".join(map(_varint, numbers))
        mac = fresh()
        mac.update(payload)
        return _token(payload, mac.digest())

    return sign


def read(purpose: str, token: str) -> tuple[int, ...]:
    """Return the numbers of a genuine token.

    Raises ExpiredLink after its time, BadLink for anything else that is wrong with it.
    """
    raw = _decode(token)
    payload, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    if not payload or not hmac.compare_digest(mac, _mac(payload, purpose)):
        raise BadLink
    expiry, *numbers = _numbers(payload)
    if expiry and expiry < timezone.now().timestamp():
        raise ExpiredLink
    return tuple(numbers)


def _decode(token: str) -> bytes:
    if len(token) > MAX_TOKEN or not token.isascii():
        raise BadLink
    try:
        raw = b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadLink from None
    # The unused bits of the last character would let two spellings mean the same token.
    if urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        raise BadLink
    return raw


def _token(payload: bytes, mac: bytes) -> str:
    text = binascii.b2a_base64(payload + mac, newline=False)
    return text.translate(_URL_SAFE, b"=").decode()


def _mac(payload: bytes, purpose: str) -> bytes:
    mac = _keyed(settings.SECRET_KEY, purpose).copy()
    mac.update(payload)
    return mac.digest()


@lru_cache(maxsize=64)
def _keyed(secret: str, purpose: str) -> "hashlib.blake2b":
    key = hashlib.blake2b(secret.encode(), person=b"regulars.links").digest()
    return hashlib.blake2b(key=key, person=purpose.encode(), digest_size=MAC_BYTES)


@lru_cache(maxsize=8_192)
def _varint(number: int) -> bytes:
    if number < 0:
        raise ValueError("a link carries non-negative numbers only")
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _numbers(payload: bytes) -> list[int]:
    numbers, value, shift = [], 0, 0
    for byte in payload:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(value)
            value, shift = 0, 0
    return numbers
