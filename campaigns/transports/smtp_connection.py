"""Making a connection to the mail server: encryption where it is asked for, then the login."""

import smtplib
import ssl
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

TIMEOUT = 30  # seconds
LOST = (OSError, smtplib.SMTPException)


@dataclass(frozen=True)
class Server:
    """Where the mail server is, and how to speak to it."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    implicit_tls: bool = False
    starttls: bool = False
    pipelining: bool = True

    @classmethod
    def from_url(cls, url: str) -> "Server":
        """Read ``smtp://user:password@host:port?starttls=1``."""
        parts = urlsplit(url)
        options = parse_qs(parts.query)
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or 25,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            implicit_tls=parts.scheme == "smtps",
            starttls=options.get("starttls") == ["1"],
            pipelining=options.get("pipelining") != ["0"],
        )

    def connect(self) -> smtplib.SMTP:
        """A connection ready for mail.

        Raises SMTPNotSupportedError where encryption is asked for and not offered, and one of LOST
        for everything else.
        """
        context = ssl.create_default_context()
        if self.implicit_tls:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=TIMEOUT, context=context
            )
        else:
            connection = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
        try:
            self._introduce(connection, context)
        except LOST:
            connection.close()
            raise
        return connection

    def _introduce(self, connection: smtplib.SMTP, context: ssl.SSLContext) -> None:
        connection.ehlo_or_helo_if_needed()
        if self.starttls:
            # Raises where the server does not offer it: nothing is ever sent in the clear.
            connection.starttls(context=context)
            connection.ehlo_or_helo_if_needed()  # RFC 3207 §4.2: both sides start anew
        if self.user:
            connection.login(self.user, self.password)
