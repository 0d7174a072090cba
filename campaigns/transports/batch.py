"""What a transport is given, and what it promises."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from campaigns.composition.compiled import Compiled
from campaigns.composition.rendering import Envelope
from campaigns.journal import Journal
from campaigns.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One mail to hand over. ``message`` is ready for DATA: CRLF, no line begins with a dot."""

    delivery_id: int
    campaign_id: int
    sender: str
    recipient: str
    message: bytes = field(repr=False)
    compiled: Compiled = field(repr=False)
    facts: dict[str, Any] = field(repr=False)
    envelope: Envelope = field(repr=False)


class Transport(Protocol):
    """Hands over batches; a connection may be kept between them.

    Before anything of a mail that cannot be taken back, a transport calls ``journal.begin`` with
    the deliveries that a crash from there on would leave unknown.
    """

    def __enter__(self) -> Self:
        """Prepare."""

    def __exit__(self, *error: object) -> None:
        """Let go of connections."""

    def send(
        self, batch: Sequence[Outgoing], deadline: float, journal: Journal
    ) -> Iterator[Outcome]:
        """Hand over until ``deadline`` (``time.monotonic()``); yield outcomes as they happen.

        Whatever has no outcome at the end was provably never begun. Raises JournalError.
        """


def until(batch: Sequence[Outgoing], deadline: float) -> Iterator[Outgoing]:
    """The batch's mails, none begun after the deadline: the lease may then be another's."""
    for mail in batch:
        if time.monotonic() >= deadline:
            return
        yield mail
