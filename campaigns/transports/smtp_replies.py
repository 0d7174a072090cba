"""What a refusal of the mail server says: about this moment, this mail, this address, or us."""

import re
import smtplib
from dataclasses import dataclass

from campaigns.models import Delivery
from campaigns.outcomes import HARD_BOUNCE, Outcome

State = Delivery.State
# RFC 3463 §3.2 and RFC 7505 §4.1. The other X.1.x are about the sender or say nothing final.
GONE_STATUS = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}
GONE_CODES = {550, 551}  # RFC 5321 §4.2.3, trusted only without a status and as the answer to RCPT
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


def is_consent(code: int) -> bool:
    """Who does not know a code goes by its first digit (RFC 5321 §4.2.1)."""
    return 200 <= code < 300


@dataclass(frozen=True)
class Refusal:
    """A reply that is no consent; ``step`` is sender, recipient, data or body."""

    step: str
    code: int
    text: bytes

    @classmethod
    def of(cls, step: str, code: int, text: bytes) -> "Refusal":
        """Read a refusal. Raises SMTPResponseException when server and worker are out of step."""
        if not 400 <= code < 600:
            raise smtplib.SMTPResponseException(code, text)
        return cls(step, code, text)

    def outcome(self, delivery_id: int) -> Outcome:
        """Say what the refusal means for the delivery."""
        said = f"{self.code} {self.text.decode(errors='replace')}"
        if 400 <= self.code < 500:
            return Outcome(delivery_id, State.DEFERRED, "refused_for_now", said)
        if self.step == "sender":
            # It says nothing of the recipient, and would cost the whole audience its mail.
            return Outcome(delivery_id, State.DEFERRED, "sender_refused", said)
        return Outcome(delivery_id, State.REJECTED, self._reason(), said)

    def _reason(self) -> str:
        """Whether the address is gone for good or only this mail is unwelcome."""
        status = _STATUS.match(self.text.decode(errors="replace"))
        if status:
            return HARD_BOUNCE if status[0] in GONE_STATUS else "refused"
        gone = self.step == "recipient" and self.code in GONE_CODES
        return HARD_BOUNCE if gone else "refused"
