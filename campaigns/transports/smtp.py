"""SMTP: ready bytes over a kept connection, and an exact word on how far each mail came.

A drop before the message body is tried again; once the body has begun nobody can know, so the
delivery becomes unknown. 4xx defers, 5xx rejects. smtplib speaks the protocol; only DATA is split,
because what counts is whether the body had begun.
"""

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import ClassVar, Self
from urllib.parse import unquote, urlsplit

from campaigns.deliveries import AWAY_REASONS, Outcome
from campaigns.models import Delivery
from campaigns.transports.batch import SLICE, Outgoing, until
from campaigns.transports.smtp_replies import Refusal

State = Delivery.State
TIMEOUT = 30  # seconds
MAILS_PER_CONNECTION = 1_000
# One lost connection is bad luck; after the second in a row the server is left alone for a while.
DROPS_IN_A_ROW = 2
AWAY = "server_away"
NO_STARTTLS = "no_starttls"
LOST = (OSError, smtplib.SMTPException)


class SmtpTransport:
    """``smtp://user:password@host:port``; ``smtps://`` or ``?starttls=1`` for encryption."""

    mails_per_commit: ClassVar[int] = SLICE

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "localhost", parts.port or 25
        self.login = (unquote(parts.username or ""), unquote(parts.password or ""))
        self.implicit_tls = parts.scheme == "smtps"
        self.starttls = "starttls=1" in parts.query
        self.connection: smtplib.SMTP | None = None
        self.sent = 0
        self.drops = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._hang_up()

    def send(self, batch: Sequence[Outgoing], deadline: float) -> Iterator[Outcome]:
        """Hand over one by one; when the server is away, begin nothing more."""
        self.drops = 0
        for mail in until(batch, deadline):
            if self.drops >= DROPS_IN_A_ROW:
                yield Outcome(mail.delivery_id, State.DEFERRED, AWAY, "Connections are dropped.")
                return
            outcome = self._send(mail)
            self._count_drop(outcome)
            yield outcome
            if outcome.reason in AWAY_REASONS:
                return

    def _count_drop(self, outcome: Outcome) -> None:
        dropped = self.connection is None and outcome.state != State.ACCEPTED
        self.drops = self.drops + 1 if dropped else 0

    def _send(self, mail: Outgoing) -> Outcome:
        try:
            connection = self._connected()
        except smtplib.SMTPNotSupportedError as error:
            return Outcome(mail.delivery_id, State.DEFERRED, NO_STARTTLS, str(error))
        except LOST as error:
            self._hang_up()
            return Outcome(mail.delivery_id, State.DEFERRED, AWAY, str(error))
        try:
            refusal = _envelope(connection, mail)
        except LOST as error:
            self._hang_up()
            return Outcome(mail.delivery_id, State.DEFERRED, "dropped", str(error))
        if refusal:
            self._clear(connection, refusal)
            return refusal.outcome(mail.delivery_id)
        return self._body(connection, mail)

    def _body(self, connection: smtplib.SMTP, mail: Outgoing) -> Outcome:
        """From here on a lost connection leaves the mail's fate unknown."""
        try:
            connection.send(mail.message + b".\r\n")
            code, text = connection.getreply()
        except LOST as error:
            self._hang_up()
            return Outcome(mail.delivery_id, State.UNKNOWN, "dropped_after_body", str(error))
        self.sent += 1
        if code == 421 or self.sent >= MAILS_PER_CONNECTION:
            self._hang_up()
        if code == 250:
            return Outcome(mail.delivery_id, State.ACCEPTED)
        return Refusal("body", code, text).outcome(mail.delivery_id)

    def _connected(self) -> smtplib.SMTP:
        if self.connection is None:
            self.sent = 0
            self.connection = self._connect()
        return self.connection

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.implicit_tls:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=TIMEOUT, context=context
            )
        else:
            connection = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
        try:
            connection.ehlo_or_helo_if_needed()
            if self.starttls:
                # Raises where the server does not offer it: nothing is ever sent in the clear.
                connection.starttls(context=context)
                connection.ehlo_or_helo_if_needed()  # RFC 3207 §4.2: both sides start anew
            if self.login[0]:
                connection.login(*self.login)
        except LOST:
            connection.close()
            raise
        return connection

    def _clear(self, connection: smtplib.SMTP, refusal: Refusal) -> None:
        if refusal.code == 421:
            self._hang_up()
            return
        try:
            connection.rset()
        except LOST:
            self._hang_up()

    def _hang_up(self) -> None:
        if self.connection is not None:
            with suppress(*LOST):
                self.connection.quit()
            self.connection.close()
        self.connection = None


def _envelope(connection: smtplib.SMTP, mail: Outgoing) -> Refusal | None:
    """MAIL, RCPT and DATA; returns the refusal, or None when the body may follow."""
    # Not connection.mail() and rcpt(): they read an address anew, and may find another in it.
    code, text = connection.docmd("MAIL", f"FROM:<{mail.sender}>")
    if code != 250:
        return Refusal("sender", code, text)
    code, text = connection.docmd("RCPT", f"TO:<{mail.recipient}>")
    if code not in {250, 251}:
        return Refusal("recipient", code, text)
    code, text = connection.docmd("DATA")
    return None if code == 354 else Refusal("data", code, text)
