"""SendGrid's side of the event webhook: its key, its signature, and events as it writes them."""

import json
from base64 import b64encode
from datetime import datetime
from itertools import count
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from django.utils import timezone

from campaigns.models import Delivery

ADDRESS = "/webhooks/sendgrid/"
HEADER = "X-Twilio-Email-Event-Webhook"
TOLD: dict[str, dict[str, Any]] = {
    "processed": {"send_at": 0},
    "delivered": {"response": "250 2.0.0 OK", "tls": 1, "ip": "198.51.100.7"},
    "deferred": {"response": "451 4.7.1 try again later", "attempt": "5"},
    "bounce": {
        "type": "bounce",
        "status": "5.1.1",
        "reason": "550 5.1.1 The email account does not exist",
        "bounce_classification": "Invalid Address",
    },
    "dropped": {"reason": "Bounced Address", "status": "5.0.0"},
    "spamreport": {},
    "unsubscribe": {},
    "group_unsubscribe": {"asm_group_id": 10, "useragent": "Mozilla/5.0", "ip": "192.0.2.1"},
    "open": {"useragent": "Mozilla/5.0", "ip": "192.0.2.1", "sg_machine_open": True},
}
_numbers = count(1)


class Sender:
    """Holds a key pair and posts batches signed with it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._private = ec.generate_private_key(ec.SECP256R1())

    @property
    def public_key(self) -> str:
        """The key as SendGrid shows it: base64 DER."""
        public = self._private.public_key()
        return b64encode(
            public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ).decode()

    def post(
        self, events: Any, headers: dict[str, str] | None = None, at: datetime | None = None
    ) -> int:
        """Post events, or a body as it is; ``headers`` replace the genuine ones.

        Returns the status of the answer.
        """
        body = events if isinstance(events, bytes) else json.dumps(events).encode()
        moment = str(int((at or timezone.now()).timestamp()))
        signed = {f"{HEADER}-Signature": self.sign(moment, body), f"{HEADER}-Timestamp": moment}
        answer = self.client.post(
            ADDRESS, body, content_type="application/json", headers=signed | (headers or {})
        )
        return answer.status_code

    def sign(self, moment: str, body: bytes) -> str:
        """Sign as SendGrid does: the timestamp, then the raw body."""
        signature = self._private.sign(moment.encode() + body, ec.ECDSA(hashes.SHA256()))
        return b64encode(signature).decode()


def event(kind: str, delivery: Delivery | None = None, **facts: Any) -> dict[str, Any]:
    """One event, with the delivery's id where SendGrid repeats custom arguments."""
    number = next(_numbers)
    custom = {"delivery": str(delivery.pk)} if delivery else {}
    return {
        "email": delivery.member.email if delivery else "someone@example.com",
        "timestamp": int(timezone.now().timestamp()) - 30,
        "smtp-id": f"<14c5d75ce93.dfd.{number}@ismtpd-555>",
        "event": kind,
        "category": ["weekly"],
        "sg_event_id": f"ZyjAM5rnQmuI1KFInHQ3Nw{number}",
        "sg_message_id": f"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.{number}",
        **TOLD.get(kind, {}),
        **custom,
        **facts,
    }
