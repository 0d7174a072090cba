"""Idempotency keys: the same key with the same body has one effect and one answer."""

import hashlib
import json
from typing import Any


class KeyReused(Exception):
    """A key that has been used came again with another body."""


def body_hash(*body: Any) -> str:
    """Return the SHA-256 (64 hex digits) of a JSON-able body, independent of key order."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def check_same_body(stored: str, asked: str) -> None:
    """Raise KeyReused unless the hash stored with a key is the one asked for now."""
    if stored != asked:
        raise KeyReused("This idempotency key was used with another body.")
