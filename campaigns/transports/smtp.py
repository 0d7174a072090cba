"""SMTP: ready bytes over a kept connection, and an exact word on how far each mail came.

A drop before the message body is tried again; once the body has begun nobody can know, so the
delivery becomes unknown. 4xx defers, 5xx rejects. Where the server offers PIPELINING the envelope
of the next mail rides behind the body of this one; else smtplib speaks step by step.
"""

import smtplib
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Self

from campaigns.journal import Journal
from campaigns.models import Delivery
from campaigns.outcomes import AWAY_REASONS, Outcome
from campaigns.transports.batch import Outgoing
from campaigns.transports.smtp_connection import LOST, Server
from campaigns.transports.smtp_pipelined import PipelinedSession
from campaigns.transports.smtp_session import Session
from campaigns.transports.smtp_stepwise import StepwiseSession

State = Delivery.State
# One lost connection is bad luck; after the second in a row the server is left alone for a while.
DROPS_IN_A_ROW = 2
AWAY = "server_away"
NO_STARTTLS = "no_starttls"


class SmtpTransport:
    """``smtp://user:password@host:port``; ``smtps://`` or ``?starttls=1`` for encryption.

    ``?pipelining=0`` speaks step by step even where the server would not mind.
    """

    def __init__(self, url: str) -> None:
        self.server = Server.from_url(url)
        self.session: Session | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.session is not None:
            self.session.hang_up()

    def send(
        self, batch: Sequence[Outgoing], deadline: float, journal: Journal
    ) -> Iterator[Outcome]:
        """Hand over one by one; when the server is away, begin nothing more."""
        waiting, drops = deque(batch), 0
        while waiting and time.monotonic() < deadline:
            if drops >= DROPS_IN_A_ROW:
                yield _put_off(waiting, AWAY, "Connections are dropped.")
                return
            try:
                session = self._connected()
            except smtplib.SMTPNotSupportedError as error:
                yield _put_off(waiting, NO_STARTTLS, str(error))
                return
            except LOST as error:
                yield _put_off(waiting, AWAY, str(error))
                return
            for outcome in session.send(waiting, deadline, journal):
                drops = 0 if session.is_open or outcome.state == State.ACCEPTED else drops + 1
                yield outcome
                if outcome.reason in AWAY_REASONS:
                    return

    def _connected(self) -> Session:
        if self.session is None or not self.session.is_open:
            connection = self.server.connect()
            if self.server.pipelining and connection.has_extn("pipelining"):
                self.session = PipelinedSession(connection)
            else:
                self.session = StepwiseSession(connection)
        return self.session


def _put_off(waiting: deque[Outgoing], reason: str, detail: str) -> Outcome:
    """One delivery tells what is wrong; the others were never begun."""
    return Outcome(waiting[0].delivery_id, State.DEFERRED, reason, detail)
