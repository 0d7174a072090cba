"""Celery's broker in a folder, hardened for several readers and writers at once.

Kombu's own channel writes a message under its final name, so that a reader may meet half of it,
and stops a worker with an error when a file cannot be decoded. Here a message appears whole by
``rename``, is taken by ``rename``, and one that cannot be decoded is skipped. Messages are hints:
losing one costs a tick.
"""

import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    """Writes and takes messages atomically; message files are ``<time>_<uuid>.<queue>.msg``."""

    def _put(self, queue: str, payload: dict[str, Any], **_kwargs: Any) -> None:
        """Publish ``payload``: the file gets its real name only once it is complete."""
        folder = Path(self.data_folder_out)
        # Wall clock, not monotonic: messages keep their order over a restart of the machine.
        name = f"{time.time_ns() // 1_000_000:015d}_{uuid.uuid4()}.{queue}.msg"
        hidden = folder / f".{name}"
        hidden.write_text(dumps(payload))
        os.replace(hidden, folder / name)

    def _get(self, queue: str, _timeout: float | None = None) -> dict[str, Any]:
        """Take the oldest message of ``queue`` that can be read; raise ``Empty`` without one."""
        for path in self._waiting(queue):
            content = self._take(path)
            message = _decode(content) if content else None
            if message is not None:
                return message
        raise Empty

    def _size(self, queue: str) -> int:
        """Return the number of waiting messages."""
        return len(self._waiting(queue))

    def _waiting(self, queue: str) -> list[Path]:
        """List the message files of ``queue``, oldest first."""
        suffix = f".{queue}.msg"
        names = sorted(n for n in os.listdir(self.data_folder_in) if _is_message(n, suffix))
        return [Path(self.data_folder_in) / name for name in names]

    def _take(self, path: Path) -> bytes | None:
        """Move the file to this reader and return its bytes; None when another was faster."""
        mine = Path(self.processed_folder) / path.name
        try:
            os.rename(path, mine)
            content = mine.read_bytes()
            mine.unlink()
        except FileNotFoundError:
            return None
        return content


class Transport(filesystem.Transport):
    """The ``filesystem://`` scheme with the channel above."""

    Channel = Channel

    @property
    def default_connection_params(self) -> dict[str, Any]:
        """No host: a folder has none, and kombu warns about every connection otherwise."""
        return {}


def _is_message(name: str, suffix: str) -> bool:
    return name.endswith(suffix) and not name.startswith(".")


def _decode(content: bytes) -> dict[str, Any] | None:
    """Return the message in ``content``, or None when it holds none that a worker could use."""
    try:
        message = loads(content)
    except ValueError:
        return None
    whole = isinstance(message, dict) and {"body", "properties"} <= message.keys()
    return message if whole else None
