"""A mail backend that leaves each mail as one ``.eml`` file in the outbox."""

import os
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Writes to ``<REGULARS_OUTBOX>/transactional/``, named so that names sort by time."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each message and return how many there were."""
        folder = Path(settings.REGULARS_OUTBOX) / "transactional"
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            # Django's own message class takes the line end, as its SMTP backend asks it to.
            content = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]
            _write(folder, content)
        return len(email_messages)


def _write(folder: Path, content: bytes) -> None:
    """Write under a hidden name and rename: a reader of ``*.eml`` sees whole mails only."""
    name = f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}.eml"
    hidden = folder / f".{name}"
    hidden.write_bytes(content)
    os.replace(hidden, folder / name)
