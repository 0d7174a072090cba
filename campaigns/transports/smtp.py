"""SMTP: ready bytes over a kept connection, and an exact word on how far each mail came.

A drop before the message body is tried again; after the final dot nobody can know, so the delivery
becomes unknown. 4xx defers, 5xx rejects; a recipient refused for good is suppressed by whoever
reads the outcome. smtplib speaks the protocol; only DATA is split, because what counts is whether
the body had begun.
"""

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Self
from urllib.parse import unquote, urlsplit

from campaigns.deliveries import Outcome
from campaigns.models import Delivery
from campaigns.transports.batch import Outgoing, until

State = Delivery.State
TIMEOUT = 30  # seconds
MAILS_PER_CONNECTION = 1_000
AWAY = "server_away"
NO_STARTTLS = "no_starttls"


class SmtpTransport:
    """``smtp://user:password@host:port``; ``smtps://`` or ``?starttls=1`` for encryption."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "localhost", parts.port or 25
        self.login = (unquote(parts.username or ""), unquote(parts.password or ""))
        self.implicit_tls = parts.scheme == "smtps"
        self.starttls = "starttls=1" in parts.query
        self.connection: smtplib.SMTP | None = None
        self.sent = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._hang_up()

    def send(self, batch: Sequence[Outgoing], deadline: float) -> Iterator[Outcome]:
        """Hand over one by one; when the server is away the rest is deferred without trying."""
        away = ""
        for mail in until(batch, deadline):
            if not away:
                outcome = self._send(mail)
                away = outcome.detail if outcome.reason in {AWAY, NO_STARTTLS} else ""
            else:
                outcome = Outcome(mail.delivery_id, State.DEFERRED, AWAY, away)
            yield outcome

    def _send(self, mail: Outgoing) -> Outcome:
        try:
            connection = self._connected()
        except smtplib.SMTPNotSupportedError as error:
            return Outcome(mail.delivery_id, State.DEFERRED, NO_STARTTLS, str(error))
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            return Outcome(mail.delivery_id, State.DEFERRED, AWAY, str(error))
        try:
            refusal = _envelope(connection, mail)
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            return Outcome(mail.delivery_id, State.DEFERRED, "dropped", str(error))
        if refusal:
            self._clear(connection)
            return _refused(mail, *refusal)
        return self._body(connection, mail)

    def _body(self, connection: smtplib.SMTP, mail: Outgoing) -> Outcome:
        """From here on a lost connection leaves the mail's fate unknown."""
        try:
            connection.send(mail.message + b".\r\n")
            code, text = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            return Outcome(mail.delivery_id, State.UNKNOWN, "dropped_after_body", str(error))
        self.sent += 1
        if code == 421 or self.sent >= MAILS_PER_CONNECTION:
            self._hang_up()
        if code == 250:
            return Outcome(mail.delivery_id, State.ACCEPTED)
        return _refused(mail, code, text)

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
            if self.login[0]:
                connection.login(*self.login)
        except (OSError, smtplib.SMTPException):
            connection.close()
            raise
        return connection

    def _clear(self, connection: smtplib.SMTP) -> None:
        try:
            connection.rset()
        except (OSError, smtplib.SMTPException):
            self._hang_up()

    def _hang_up(self) -> None:
        if self.connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                self.connection.quit()
            self.connection.close()
        self.connection = None


def _envelope(connection: smtplib.SMTP, mail: Outgoing) -> tuple[int, bytes] | None:
    """MAIL, RCPT and DATA; returns the refusal, or None when the body may follow."""
    code, text = connection.mail(mail.sender)
    if code != 250:
        return code, text
    code, text = connection.rcpt(mail.recipient)
    if code not in {250, 251}:
        return code, text
    code, text = connection.docmd("data")
    return None if code == 354 else (code, text)


def _refused(mail: Outgoing, code: int, text: bytes) -> Outcome:
    said = f"{code} {text.decode(errors='replace')}"
    if 400 <= code < 500:
        return Outcome(mail.delivery_id, State.DEFERRED, "refused_for_now", said)
    return Outcome(mail.delivery_id, State.REJECTED, _rejection(code, said), said)


def _rejection(code: int, said: str) -> str:
    """Whether the recipient is gone for good (RFC 3463 §3.2: X.1.x) or only this mail unwelcome."""
    words = said.split()
    status = words[1] if len(words) > 1 else ""
    enhanced = status.count(".") == 2 and status.replace(".", "").isdigit()
    gone = status.startswith("5.1.") if enhanced else code in {550, 551, 553}
    return "hard_bounce" if gone else "refused"
