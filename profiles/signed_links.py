"""Links that a mail carries: ids and a purpose-bound MAC, never a destination or an address.

A token is base64url(varints ‖ MAC): the first number is the moment of expiry in seconds since the
epoch (0: never), the rest are ids. The MAC is HMAC-SHA-256 cut to 128 bits (RFC 2104 §5) under a
key derived for the purpose, so that a token of one purpose is worthless for another.
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
PREFERENCES = "preferences"
UNSUBSCRIBE = "unsubscribe"
OFFER = "offer"
VIEW = "view"
CLICK = "click"
OPEN = "open"
SIMULATION = "simulation"

MAC_BYTES = 16
MAX_TOKEN = 128
NEVER = b"\0"  # the expiry of a token that has none


class BadLink(Exception):
    """The token is malformed, forged or of another purpose."""


class ExpiredLink(BadLink):
    """The token is genuine but its time has passed."""


def make(purpose: str, *numbers: int, expires_at: datetime | None = None) -> str:
    """Return a URL-safe token for ``numbers`` (non-negative integers)."""
    expiry = int(expires_at.timestamp()) if expires_at else 0
    payload = b"".join(map(_varint, (expiry, *numbers)))
    return _token(payload, *_keyed(settings.SECRET_KEY, purpose))


def signer(purpose: str) -> Callable[..., str]:
    """``make`` for many tokens of one purpose that never expire."""
    inner, outer = _keyed(settings.SECRET_KEY, purpose)

    def sign(*numbers: int) -> str:
        return _token(NEVER + b"".join(map(_varint, numbers)), inner, outer)

    return sign


def read(purpose: str, token: str) -> tuple[int, ...]:
    """Return the numbers of a genuine token.

    Raises ExpiredLink after its time, BadLink for anything else that is wrong with it.
    """
    raw = _decode(token)
    payload, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    if not payload or not hmac.compare_digest(
        mac, _mac(payload, *_keyed(settings.SECRET_KEY, purpose))
    ):
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


def _token(payload: bytes, inner: "hashlib._Hash", outer: "hashlib._Hash") -> str:
    return urlsafe_b64encode(payload + _mac(payload, inner, outer)).rstrip(b"=").decode()


def _mac(payload: bytes, inner: "hashlib._Hash", outer: "hashlib._Hash") -> bytes:
    inside, outside = inner.copy(), outer.copy()
    inside.update(payload)
    outside.update(inside.digest())
    return outside.digest()[:MAC_BYTES]


@lru_cache(maxsize=64)
def _keyed(secret: str, purpose: str) -> "tuple[hashlib._Hash, hashlib._Hash]":
    """The two hashes of HMAC (RFC 2104 §2) with their key taken in: a mail carries a dozen MACs."""
    key = hmac.digest(secret.encode(), f"regulars.link.{purpose}".encode(), hashlib.sha256)
    padded = key.ljust(hashlib.sha256().block_size, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
    return inner, hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))


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
