"""SendGrid's signed event webhook, fail-closed: no key, no trust.

The signature is ECDSA (P-256, SHA-256) over the timestamp header followed by the raw body. A
genuine signature that is old is refused too, or a recorded batch could be replayed for ever.
"""

import binascii
from base64 import b64decode
from datetime import timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from django.utils import timezone

MAX_AGE = timedelta(minutes=10)


class NotGenuine(Exception):
    """The request did not come from the ESP, or not lately."""


def verify(public_key: str, signature: str, timestamp: str, body: bytes) -> None:
    """Raise NotGenuine unless the body was signed by the owner of the key within MAX_AGE.

    ``public_key`` is base64 DER as SendGrid shows it; ``timestamp`` is seconds since the epoch.
    """
    if not (public_key and signature and timestamp.isascii() and timestamp.isdigit()):
        raise NotGenuine
    age = timezone.now().timestamp() - int(timestamp[:12])
    if abs(age) > MAX_AGE.total_seconds():
        raise NotGenuine
    try:
        key = load_der_public_key(b64decode(public_key))
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise NotGenuine
        signed = timestamp.encode() + body
        key.verify(b64decode(signature, validate=True), signed, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, binascii.Error, ValueError):
        raise NotGenuine from None
