"""SMTP with PIPELINING (RFC 2920): one round trip a mail.

The envelope of the next mail is written behind the body of this one, in one piece; there are never
two bodies on the way.
"""

import smtplib
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress

from campaigns.journal import Journal
from campaigns.outcomes import Outcome
from campaigns.transports.batch import Outgoing
from campaigns.transports.smtp_connection import LOST
from campaigns.transports.smtp_replies import Refusal, is_consent
from campaigns.transports.smtp_session import CLOSING, MAILS_PER_CONNECTION, Session

END_OF_DATA = b".\r\n"
RESET = b"RSET\r\n"
GO_AHEAD = 354
LONGEST_REPLY = 65_536

Reply = tuple[int, bytes]


class PipelinedSession(Session):
    """The dialogue in raw bytes, over the socket that smtplib opened."""

    def __init__(self, connection: smtplib.SMTP) -> None:
        super().__init__(connection)
        if connection.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        self._write = connection.sock.sendall
        self._replies = connection.sock.makefile("rb")
        self._read = self._replies.readline

    def _dialogue(
        self, waiting: deque[Outgoing], deadline: float, journal: Journal
    ) -> Iterator[Outcome]:
        announced = _envelope(waiting[0]) if waiting else b""
        try:
            self._write(announced)
        except LOST as error:
            yield self._lost_before_body(waiting.popleft(), error)
            return
        while announced and self.is_open:
            mail = waiting[0]
            try:
                refusal, awaited = self._envelope_replies()
            except LOST as error:
                yield self._lost_before_body(waiting.popleft(), error)
                return
            if awaited and time.monotonic() >= deadline:
                self.drop()  # after 354 there is no other way back
                return
            waiting.popleft()
            announced = self._following(waiting, deadline)
            if refusal is None:
                journal.begin([mail.delivery_id])
                yield self._body(mail, announced)
            else:
                yield self._clear(mail, refusal, (END_OF_DATA if awaited else RESET) + announced)
        if self.is_open and self._is_used_up:
            self.hang_up()

    def hang_up(self) -> None:
        """Say goodbye without waiting for an answer, and close."""
        if self.is_open:
            with suppress(*LOST):
                self._write(b"QUIT\r\n")
        self.drop()

    def drop(self) -> None:
        """Close without a word; the reader, too, or the socket stays open."""
        self._replies.close()
        super().drop()

    def _following(self, waiting: deque[Outgoing], deadline: float) -> bytes:
        last = self.sent + 1 >= MAILS_PER_CONNECTION
        if last or not waiting or time.monotonic() >= deadline:
            return b""
        return _envelope(waiting[0])

    def _envelope_replies(self) -> tuple[Refusal | None, bool]:
        """The answers to MAIL, RCPT and DATA: the first refusal, and whether a body is awaited."""
        sender, recipient, data = self._reply(), None, None
        if sender[0] != CLOSING:
            recipient = self._reply()
        if recipient and recipient[0] != CLOSING:
            data = self._reply()
        refusal = _first_refusal(sender, recipient, data)
        return refusal, data is not None and data[0] == GO_AHEAD

    def _body(self, mail: Outgoing, announced: bytes) -> Outcome:
        try:
            self._write(mail.message + END_OF_DATA + announced)
            code, text = self._reply()
        except LOST as error:
            return self._lost_after_body(mail, error)
        if code == CLOSING:
            self.drop()
        return self._answered(mail, code, text)

    def _clear(self, mail: Outgoing, refusal: Refusal, following: bytes) -> Outcome:
        """End the refused transaction: an awaited body is nothing but its final dot."""
        # A body after a refused sender might be taken for a mail: the connection goes instead.
        if refusal.code == CLOSING or (refusal.step == "sender" and following[:1] == b"."):
            self.drop()
        else:
            try:
                self._write(following)
                self._reply()
            except LOST:
                self.drop()
        return refusal.outcome(mail.delivery_id)

    def _reply(self) -> Reply:
        """Read one reply, the text of its lines joined. Raises one of LOST."""
        line = self._read(LONGEST_REPLY)
        if line[3:4] == b" " and line[-1:] == b"\n":
            return _code(line), line[4:-1].rstrip(b"\r")
        lines = [line]
        while line[3:4] == b"-":
            line = self._read(LONGEST_REPLY)
            lines.append(line)
        if not line.endswith(b"\n"):
            raise smtplib.SMTPServerDisconnected("the server closed the connection")
        return _code(line), b"\n".join(part[4:].strip() for part in lines)


def _envelope(mail: Outgoing) -> bytes:
    return b"MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n" % (
        mail.sender.encode(),
        mail.recipient.encode(),
    )


def _code(line: bytes) -> int:
    try:
        return int(line[:3])
    except ValueError:
        raise smtplib.SMTPResponseException(-1, line[:80]) from None


def _first_refusal(sender: Reply, recipient: Reply | None, data: Reply | None) -> Refusal | None:
    if not is_consent(sender[0]):
        return Refusal.of("sender", *sender)
    if recipient is None or not is_consent(recipient[0]):
        return Refusal.of("recipient", *(recipient or sender))
    if data is None or data[0] != GO_AHEAD:
        return Refusal.of("data", *(data or recipient))
    return None
