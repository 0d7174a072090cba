"""What both ways of speaking SMTP share."""

import smtplib
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from contextlib import suppress

from campaigns.journal import Journal
from campaigns.models import Delivery
from campaigns.outcomes import Outcome
from campaigns.transports.batch import Outgoing
from campaigns.transports.smtp_connection import LOST
from campaigns.transports.smtp_replies import Refusal, is_consent

State = Delivery.State
MAILS_PER_CONNECTION = 10_000
CLOSING = 421  # RFC 5321 §3.8: the server is about to close


class Session(ABC):
    """One connection, from its greeting to its end."""

    def __init__(self, connection: smtplib.SMTP) -> None:
        self.connection = connection
        self.is_open = True
        self.sent = 0

    def send(
        self, waiting: deque[Outgoing], deadline: float, journal: Journal
    ) -> Iterator[Outcome]:
        """Take mails from the left of ``waiting`` and yield their outcomes.

        Ends with the mails, at the deadline, or with the connection. Raises JournalError.
        """
        try:
            yield from self._dialogue(waiting, deadline, journal)
        except BaseException:
            # Left half-way, perhaps where the server awaits a body that will not come.
            self.drop()
            raise

    @abstractmethod
    def _dialogue(
        self, waiting: deque[Outgoing], deadline: float, journal: Journal
    ) -> Iterator[Outcome]:
        """Speak SMTP for ``send``."""

    def hang_up(self) -> None:
        """Say goodbye, if anybody is there, and close."""
        if self.is_open:
            with suppress(*LOST):
                self.connection.quit()
        self.drop()

    def drop(self) -> None:
        """Close without a word."""
        self.is_open = False
        self.connection.close()

    def _lost_before_body(self, mail: Outgoing, error: Exception) -> Outcome:
        self.drop()
        return Outcome(mail.delivery_id, State.DEFERRED, "dropped", str(error))

    def _lost_after_body(self, mail: Outgoing, error: Exception) -> Outcome:
        """From the body's first byte on, a lost connection leaves the mail's fate unknown."""
        self.drop()
        return Outcome(mail.delivery_id, State.UNKNOWN, "dropped_after_body", str(error))

    def _answered(self, mail: Outgoing, code: int, text: bytes) -> Outcome:
        """The outcome of a mail whose body was answered."""
        self.sent += 1
        if is_consent(code):
            return Outcome(mail.delivery_id, State.ACCEPTED)
        try:
            return Refusal.of("body", code, text).outcome(mail.delivery_id)
        except smtplib.SMTPResponseException as error:
            return self._lost_after_body(mail, error)

    @property
    def _is_used_up(self) -> bool:
        return self.sent >= MAILS_PER_CONNECTION
