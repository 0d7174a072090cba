"""The hand-off journal: how far a batch had come when its worker died.

The database knows that a batch was being handed over; the journal knows which of its mails were
begun and how each ended. It is a file per drain, held under a lock for as long as the worker
lives, written before each body with one system call. A killed process loses nothing that it wrote,
because the page cache outlives it; a machine that went down may, so a journal from before the last
start of the machine is believed only for what it says, never for what it leaves out.

Lines: ``T token`` opens a batch, ``B id …`` precedes one mail or one call, ``A id`` is an
acceptance, ``E {…}`` any other outcome. A batch that is settled in the database is wiped.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

from django.conf import settings

from campaigns.models import Delivery
from campaigns.outcomes import Outcome

SUFFIX = ".journal"
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class JournalError(OSError):
    """The journal cannot be written, so nothing more may be begun."""


@dataclass
class Record:
    """What a journal tells about one batch."""

    token: str
    complete: bool
    """False when lines may be missing: what is not in it may have been begun all the same."""
    begun: set[int] = field(default_factory=set)
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    @property
    def unsettled(self) -> set[int]:
        """Deliveries that were begun, and nobody knows how they ended."""
        return self.begun - self.outcomes.keys()


class Journal:
    """The journal of one drain. Not to be shared between threads.

    Its file is made with the first line, so that a disk in trouble raises JournalError there.
    """

    def __init__(self) -> None:
        self.path: Path | None = None
        self._waiting: list[bytes] = []
        self._open = self._broken = False

    def open_batch(self) -> str:
        """Begin a batch and return its token, which names this host. Raises JournalError."""
        try:
            token = f"{host_id()}.{secrets.token_hex(12)}"
        except OSError as error:
            raise _unwritable(error) from error
        self._write(f"T {token} {_boot()}\n".encode())
        self._open = True
        return token

    def begin(self, delivery_ids: Iterable[int]) -> None:
        """Put on record that these are about to be handed over. Raises JournalError."""
        self._waiting.append(b"B %s\n" % b" ".join(b"%d" % pk for pk in delivery_ids))
        self.flush()

    def end(self, outcome: Outcome) -> None:
        """Note an outcome; it reaches the file with the next ``begin``, or ``flush``."""
        if outcome.state == Delivery.State.ACCEPTED:
            self._waiting.append(b"A %d\n" % outcome.delivery_id)
        else:
            self._waiting.append(f"E {json.dumps(asdict(outcome))}\n".encode())

    def flush(self) -> None:
        """Write what waits, in one system call."""
        self._write(b"".join(self._waiting))
        self._waiting.clear()

    def close_batch(self) -> None:
        """Wipe the batch: the database has all of it."""
        self._waiting.clear()
        os.ftruncate(self._file, 0)
        self._open = False

    def close(self) -> None:
        """Let go of the file; one with an unsettled batch stays for ``abandoned``."""
        if self.path is None:
            return
        if self._open:
            with suppress(OSError):
                self.flush()
        else:
            self.path.unlink(missing_ok=True)
        os.close(self._file)  # and with it the lock

    @cached_property
    def _file(self) -> int:
        self.path, file = _created(_made_folder())
        return file

    def _write(self, lines: bytes) -> None:
        if self._broken:
            raise JournalError("the journal ends in half a line")
        try:
            written = os.write(self._file, lines)
        except OSError as error:
            raise _unwritable(error) from error
        if written != len(lines):
            self._broken = True
            raise JournalError(f"the journal took {written} of {len(lines)} bytes")


@contextmanager
def opened() -> Iterator[Journal]:
    """A journal of one's own, for one drain."""
    journal = Journal()
    try:
        yield journal
    finally:
        journal.close()


def abandoned() -> Iterator[Record]:
    """The batches of this host whose workers are gone; each journal goes when its turn is over."""
    for path in sorted(_folder().glob(f"*{SUFFIX}")):
        with suppress(FileNotFoundError, BlockingIOError), _taken(path) as text:
            yield from _records(text)
            path.unlink()


def tokens_in_hand() -> set[str]:
    """The tokens of this host's batches whose journal still exists, its worker alive or not."""
    found: set[str] = set()
    for path in _folder().glob(f"*{SUFFIX}"):
        with suppress(FileNotFoundError):
            found |= {record.token for record in _records(path.read_bytes())}
    return found


def host_id() -> str:
    """This host's name in tokens: eight characters, made once and kept beside the journals."""
    path = _made_folder() / "host"
    with suppress(FileNotFoundError):
        return path.read_text()
    mine = path.with_suffix(f".{os.getpid()}")
    mine.write_text(secrets.token_hex(4))
    with suppress(FileExistsError):
        os.link(mine, path)
    mine.unlink()
    return path.read_text()


def is_of_this_host(token: str) -> bool:
    """Whether the batch of that token has, or had, its journal here."""
    return token.partition(".")[0] == host_id()


def _created(folder: Path) -> tuple[Path, int]:
    while True:
        path = folder / f"{os.getpid()}-{secrets.token_hex(6)}{SUFFIX}"
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        # Between the two calls it may have been taken for abandoned, and removed.
        if os.fstat(file).st_nlink:
            return path, file
        os.close(file)


@contextmanager
def _taken(path: Path) -> Iterator[bytes]:
    """The text of a journal whose owner is gone. Raises BlockingIOError for a live one."""
    file = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever held it before may have removed it: then this is a file without a name.
        if os.fstat(file).st_nlink == 0:
            raise FileNotFoundError(path)
        yield path.read_bytes()
    finally:
        os.close(file)


def _records(text: bytes) -> Iterator[Record]:
    """Read whole lines; a torn one was never acted on, because its write had not returned."""
    record: Record | None = None
    for line in text.split(b"\n")[:-1]:
        kind, _space, rest = line.partition(b" ")
        if kind == b"T":
            token, _blank, boot = rest.decode().partition(" ")
            if record is not None:
                yield record
            record = Record(token, complete=boot == _boot())
        elif record is not None:
            try:
                _read(record, kind, rest)
            except ValueError:
                record.complete = False
    if record is not None:
        yield record


def _read(record: Record, kind: bytes, rest: bytes) -> None:
    if kind == b"B":
        record.begun |= {int(pk) for pk in rest.split()}
    elif kind == b"A":
        record.outcomes[int(rest)] = Outcome(int(rest), Delivery.State.ACCEPTED)
    elif kind == b"E":
        outcome = Outcome(**json.loads(rest))
        record.outcomes[outcome.delivery_id] = outcome


def _unwritable(error: OSError) -> JournalError:
    return JournalError(error.errno, f"the journal cannot be written: {error}")


def _folder() -> Path:
    return Path(settings.REGULARS_JOURNALS)


def _made_folder() -> Path:
    _folder().mkdir(parents=True, exist_ok=True)
    return _folder()


def _boot() -> str:
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return "unknown"
