"""SMTP step by step: each command waits for its reply, as every server understands it."""

import time
from collections import deque
from collections.abc import Iterator

from campaigns.journal import Journal
from campaigns.outcomes import Outcome
from campaigns.transports.batch import Outgoing
from campaigns.transports.smtp_connection import LOST
from campaigns.transports.smtp_replies import Refusal, is_consent
from campaigns.transports.smtp_session import CLOSING, Session


class StepwiseSession(Session):
    """smtplib speaks the protocol; only DATA is split, at the point of no return."""

    def _dialogue(
        self, waiting: deque[Outgoing], deadline: float, journal: Journal
    ) -> Iterator[Outcome]:
        while waiting and self.is_open and time.monotonic() < deadline:
            mail = waiting[0]
            try:
                refusal = self._envelope(mail)
            except LOST as error:
                yield self._lost_before_body(waiting.popleft(), error)
                return
            if refusal is None and time.monotonic() >= deadline:
                self.drop()  # after 354 there is no other way back
                return
            waiting.popleft()
            yield self._clear(mail, refusal) if refusal else self._body(mail, journal)
            if self.is_open and self._is_used_up:
                self.hang_up()

    def _envelope(self, mail: Outgoing) -> Refusal | None:
        """MAIL, RCPT and DATA; returns the refusal, or None when the body may follow."""
        # Not connection.mail() and rcpt(): they read an address anew, and may find another in it.
        code, text = self.connection.docmd("MAIL", f"FROM:<{mail.sender}>")
        if not is_consent(code):
            return Refusal.of("sender", code, text)
        code, text = self.connection.docmd("RCPT", f"TO:<{mail.recipient}>")
        if not is_consent(code):
            return Refusal.of("recipient", code, text)
        code, text = self.connection.docmd("DATA")
        return None if code == 354 else Refusal.of("data", code, text)

    def _body(self, mail: Outgoing, journal: Journal) -> Outcome:
        journal.begin([mail.delivery_id])
        try:
            self.connection.send(mail.message + b".\r\n")
            code, text = self.connection.getreply()
        except LOST as error:
            return self._lost_after_body(mail, error)
        if code == CLOSING:
            self.drop()
        return self._answered(mail, code, text)

    def _clear(self, mail: Outgoing, refusal: Refusal) -> Outcome:
        if refusal.code == CLOSING:
            self.drop()
        else:
            try:
                self.connection.rset()
            except LOST:
                self.drop()
        return refusal.outcome(mail.delivery_id)
