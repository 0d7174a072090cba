"""Any ESP through Anymail: many recipients a call where the ESP fills in values, else one.

A call that the ESP refuses as a whole is divided until the mail it dislikes stands alone. What is
wrong with us (key, account, an ESP out of reach) costs no delivery: nothing more is begun.
"""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Self

from anymail.exceptions import AnymailError, AnymailRecipientsRefused
from anymail.message import AnymailMessage
from django.core.mail import get_connection
from requests import RequestException

from campaigns.composition.rendering import RenderError, esp_values
from campaigns.journal import Journal
from campaigns.models import Delivery
from campaigns.outcomes import AWAY_REASONS, RENDER_FAILED, Outcome
from campaigns.transports.batch import Outgoing
from campaigns.transports.esp_answers import for_recipient, read
from campaigns.transports.esp_messages import FIELD_FORMATS, Prepared, chunks, write

State = Delivery.State
RECIPIENTS_PER_CALL = 1_000


class EspTransport:
    """Sends through the Anymail backend of that dotted path."""

    def __init__(self, backend: str) -> None:
        self.backend = backend
        self.connection: Any = None

    def __enter__(self) -> Self:
        self.connection = get_connection(self.backend)
        self.connection.open()  # one session for all calls
        return self

    def __exit__(self, *_error: object) -> None:
        self.connection.close()

    def send(
        self, batch: Sequence[Outgoing], deadline: float, journal: Journal
    ) -> Iterator[Outcome]:
        """Call by call; all recipients of a call without an answer are unknown."""
        prepared, failed = _prepared(batch)
        yield from failed
        together = RECIPIENTS_PER_CALL if self.backend in FIELD_FORMATS else 1
        waiting = deque(chunks(prepared, together))
        while waiting and time.monotonic() < deadline:
            chunk = waiting.popleft()
            journal.begin([one.mail.delivery_id for one in chunk])
            outcomes = self._call(chunk)
            if outcomes is None:
                middle = len(chunk) // 2
                waiting.extendleft([chunk[middle:], chunk[:middle]])
                continue
            yield from outcomes
            if outcomes[0].reason in AWAY_REASONS:
                return

    def _call(self, chunk: list[Prepared]) -> list[Outcome] | None:
        """The outcomes of one call; None when it was refused whole and can be divided."""
        mails = [one.mail for one in chunk]
        try:
            message = write(chunk, self.backend, self.connection)
            _send(message)
        except (AnymailError, RequestException) as error:
            answer = read(error)
            if answer.divisible and len(chunk) > 1:
                return None
            return [
                Outcome(mail.delivery_id, answer.state, answer.reason, answer.detail)
                for mail in mails
            ]
        told = message.anymail_status.recipients
        return [for_recipient(mail.delivery_id, told.get(mail.recipient)) for mail in mails]


def _send(message: AnymailMessage) -> None:
    # Where all are refused, the status of each recipient tells it, too.
    with suppress(AnymailRecipientsRefused):
        message.send()


def _prepared(batch: Sequence[Outgoing]) -> tuple[list[Prepared], list[Outcome]]:
    prepared: list[Prepared] = []
    failed: list[Outcome] = []
    for mail in batch:
        try:
            prepared.append(Prepared(mail, esp_values(mail.compiled, mail.facts)))
        except RenderError as error:
            failed.append(Outcome(mail.delivery_id, State.REJECTED, RENDER_FAILED, str(error)))
    return prepared, failed
