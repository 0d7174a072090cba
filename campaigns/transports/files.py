"""An outbox in files: one ``.eml`` per delivery, for the demo and for trying things out."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from campaigns.journal import Journal
from campaigns.models import Delivery
from campaigns.outcomes import Outcome
from campaigns.transports.batch import Outgoing, until


class FileTransport:
    """Writes ``campaign-<id>/<delivery>.eml`` under a temporary name, then renames it.

    The name is the delivery's, so even a mail written twice is one file.
    """

    def __init__(self, outbox: Path) -> None:
        self.outbox = outbox

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def send(
        self, batch: Sequence[Outgoing], deadline: float, journal: Journal
    ) -> Iterator[Outcome]:
        """Write the batch; a full or missing disk defers what could not be written."""
        for mail in until(batch, deadline):
            journal.begin([mail.delivery_id])
            try:
                self._write(mail)
            except OSError as error:
                yield Outcome(mail.delivery_id, Delivery.State.DEFERRED, "outbox", str(error))
            else:
                yield Outcome(mail.delivery_id, Delivery.State.ACCEPTED)

    def _write(self, mail: Outgoing) -> None:
        folder = self.outbox / f"campaign-{mail.campaign_id}"
        folder.mkdir(parents=True, exist_ok=True)
        hidden = folder / f".{mail.delivery_id}.{os.getpid()}"
        try:
            hidden.write_bytes(mail.message)
            hidden.replace(folder / f"{mail.delivery_id}.eml")
        except OSError:
            hidden.unlink(missing_ok=True)  # half a mail would keep the disk full
            raise
