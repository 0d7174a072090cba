"""Voucher codes: 80 random bits in Crockford's base 32 (no I, L, O, U), read aloud without doubt.

Source of the alphabet and the forgiving reading: Douglas Crockford, "Base 32".
"""

import base64
import hashlib
import secrets

from django.conf import settings

RANDOM_BYTES = 10  # 80 bits, 16 letters
GROUP = 4

_RFC4648 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CROCKFORD = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TO_CROCKFORD = bytes.maketrans(_RFC4648, _CROCKFORD)
_FORGIVE = str.maketrans("OIL", "011", " -\t\n")


def new_code() -> str:
    """Return a fresh code as it is stored: 16 letters, not grouped."""
    random = base64.b32encode(secrets.token_bytes(RANDOM_BYTES))
    return random.translate(_TO_CROCKFORD).decode("ascii")


def read_code(typed: str) -> str:
    """Return the stored form of a typed or scanned code; a wrong one simply matches nothing."""
    return typed.upper().translate(_FORGIVE)


def grouped(code: str) -> str:
    """Return a code as shown to people: ``7Q3K-09XA-…``."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def code_hash(code: str) -> str:
    """Return the keyed hash (32 hex digits) under which a refused code is remembered."""
    secret = hashlib.sha256(settings.SECRET_KEY.encode()).digest()
    read = read_code(code).encode()
    return hashlib.blake2b(read, digest_size=16, key=secret, person=b"voucher").hexdigest()
