"""The signature of SendGrid's event webhook: ECDSA over P-256 and SHA-256."""

import time
from base64 import b64encode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HEADER = "X-Twilio-Email-Event-Webhook"


class SigningKey:
    """A key pair, made anew each time."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        der = self._private.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        self.public = b64encode(der).decode()
        """As SendGrid shows it, and as SENDGRID_WEBHOOK_VERIFICATION_KEY wants it."""

    def headers(self, body: bytes, seconds_ago: float = 0) -> dict[str, str]:
        """The headers of a webhook with that body, signed now or some seconds ago."""
        moment = str(int(time.time() - seconds_ago))
        signature = self._private.sign(moment.encode() + body, ec.ECDSA(hashes.SHA256()))
        return {
            f"{HEADER}-Signature": b64encode(signature).decode(),
            f"{HEADER}-Timestamp": moment,
        }
