"""Reads the outbox of the files transport, for the demo inbox alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path

from django.conf import settings

from campaigns.models import Delivery

TRANSACTIONAL = "transactional"
FOLDER = re.compile(rf"campaign-\d+|{TRANSACTIONAL}")
NAME = re.compile(r"[\w-]+")


@dataclass(frozen=True)
class StoredMail:
    """One ``.eml`` file. ``at`` is when it was written."""

    path: Path
    at: datetime

    @property
    def folder(self) -> str:
        """``campaign-<id>`` or ``transactional``."""
        return self.path.parent.name

    @property
    def name(self) -> str:
        """The file's name without its ending: a delivery's id, or a time."""
        return self.path.stem

    @cached_property
    def message(self) -> EmailMessage:
        """The parsed mail."""
        return message_from_bytes(self.path.read_bytes(), policy=policy.default)

    @property
    def subject(self) -> str:
        """Its subject."""
        return str(self.message["Subject"] or "")

    @property
    def sender(self) -> str:
        """The name, else the address, of who sent it."""
        name, address = parseaddr(str(self.message["From"] or ""))
        return name or address

    @property
    def recipient(self) -> str:
        """The address it went to."""
        return parseaddr(str(self.message["To"] or ""))[1]

    @property
    def html(self) -> str:
        """The HTML part."""
        return self._part("html")

    @property
    def text(self) -> str:
        """The text part."""
        return self._part("plain")

    @property
    def preview(self) -> str:
        """The first words of the text part."""
        return " ".join(self.text.split())[:140]

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers as they were sent, unfolded."""
        return [(name, str(value)) for name, value in self.message.items()]

    def _part(self, kind: str) -> str:
        body = self.message.get_body((kind,))
        return str(body.get_content()) if body else ""


def find(folder: str, name: str) -> StoredMail | None:
    """The mail of that name, if there is one."""
    if not (FOLDER.fullmatch(folder) and NAME.fullmatch(name)):
        return None
    path = Path(settings.REGULARS_OUTBOX) / folder / f"{name}.eml"
    return _stored(path) if path.is_file() else None


def newest_first(address: str = "", folder: str = "") -> list[StoredMail]:
    """The mails of one folder, or of all, to addresses that contain ``address``."""
    mails = sorted(_all(folder), key=lambda mail: (mail.at, mail.path.name), reverse=True)
    return list(_to(address, mails)) if address else mails


def _to(address: str, mails: list[StoredMail]) -> Iterator[StoredMail]:
    """A campaign's mail is known by its delivery: thousands need not be opened."""
    found = Delivery.objects.filter(member__email__icontains=address)
    deliveries = {str(number) for number in found.values_list("pk", flat=True)}
    for mail in mails:
        if mail.folder == TRANSACTIONAL:
            if address.casefold() in mail.recipient.casefold():
                yield mail
        elif mail.name in deliveries:
            yield mail


def _all(folder: str) -> Iterator[StoredMail]:
    root = Path(settings.REGULARS_OUTBOX)
    pattern = f"{folder}/*.eml" if FOLDER.fullmatch(folder) else "*/*.eml"
    return (_stored(path) for path in root.glob(pattern) if not path.name.startswith("."))


def _stored(path: Path) -> StoredMail:
    return StoredMail(path, datetime.fromtimestamp(path.stat().st_mtime, UTC))
