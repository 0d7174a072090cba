"""What a transport is given, and what it promises."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, Self

from campaigns.composition.compiled import Compiled
from campaigns.composition.rendering import Envelope
from campaigns.deliveries import Outcome

SLICE = 50  # mails per commit where each is handed over by itself


@dataclass(frozen=True)
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

    ``mails_per_commit`` bounds what a killed worker can leave unknown.
    """

    mails_per_commit: ClassVar[int]

    def __enter__(self) -> Self:
        """Prepare."""

    def __exit__(self, *error: object) -> None:
        """Let go of connections."""

    def send(self, batch: Sequence[Outgoing], deadline: float) -> Iterator[Outcome]:
        """Hand over until ``deadline`` (``time.monotonic()``); yield outcomes as they happen."""


def until(batch: Sequence[Outgoing], deadline: float) -> Iterator[Outgoing]:
    """The batch's mails, none begun after the deadline: the lease may then be another's."""
    for mail in batch:
        if time.monotonic() >= deadline:
            return
        yield mail
