"""Reading the sent mails back from the outbox, and checking what each one holds."""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from html import unescape
from pathlib import Path

from campaigns.models import Delivery
from profiles import signed_links

HREF = re.compile(r'(?:href|src)="([^"]+)"')
TOKEN = re.compile(r"/([co]|unsubscribe)/([^/]+?)(?:\.gif|/)?$")
ONE_CLICK = "List-Unsubscribe=One-Click"


@dataclass(frozen=True)
class SentMail:
    """A mail as it lies in the outbox."""

    delivery_id: int
    unsubscribe: str
    unsubscribe_post: str
    text: str
    links: tuple[str, ...]

    @property
    def clickable(self) -> list[str]:
        """Return the tracked links that a reader may follow, each once."""
        return [link for link in self.links if "/c/" in link or "/offer/" in link]

    @property
    def pixel(self) -> str:
        """Return the address of the open pixel, or nothing."""
        return next((link for link in self.links if "/o/" in link), "")


def mail_paths(outbox: Path, campaign_ids: list[int]) -> list[Path]:
    """Return the files of these campaigns' mails."""
    folders = [outbox / f"campaign-{pk}" for pk in campaign_ids]
    return [path for folder in folders if folder.is_dir() for path in sorted(folder.glob("*.eml"))]


def read_mail(path: Path) -> SentMail:
    """Parse a mail file; its name is the delivery's number."""
    message = email.message_from_bytes(path.read_bytes())
    html = _part(message, "text/html")
    return SentMail(
        delivery_id=int(path.stem),
        unsubscribe="".join(str(message.get("List-Unsubscribe", "")).split()),
        unsubscribe_post=str(message.get("List-Unsubscribe-Post", "")),
        text=_part(message, "text/plain"),
        links=tuple(dict.fromkeys(unescape(link) for link in HREF.findall(html))),
    )


def faults(mail: SentMail, delivery: Delivery) -> Iterator[str]:
    """Yield what is wrong with a mail: not its member's name, tokens or unsubscribe headers."""
    if delivery.member.first_name not in mail.text:
        yield "the member's name is missing"
    tokens = dict(_tokens(mail.links))
    if {"o", "c"} & tokens.keys() != ({"o", "c"} if delivery.tracked else set()):
        yield "tracked links do not fit the member's consent"
    for kind, token in tokens.items():
        if not _belongs(kind, token, delivery):
            yield f"the token under /{kind}/ belongs to another mail"
    yield from _header_faults(mail, delivery)


def _header_faults(mail: SentMail, delivery: Delivery) -> Iterator[str]:
    if mail.unsubscribe_post != ONE_CLICK:
        yield "List-Unsubscribe-Post is missing"
    found = dict(_tokens([mail.unsubscribe.strip("<>").split(">,<")[0]]))
    if "unsubscribe" not in found or not _belongs("unsubscribe", found["unsubscribe"], delivery):
        yield "List-Unsubscribe does not lead to this member"


def _tokens(links: tuple[str, ...] | list[str]) -> Iterator[tuple[str, str]]:
    for link in links:
        match = TOKEN.search(link)
        if match:
            yield match[1], match[2]


def _belongs(kind: str, token: str, delivery: Delivery) -> bool:
    purposes = {
        "c": signed_links.CLICK,
        "o": signed_links.OPEN,
        "unsubscribe": signed_links.UNSUBSCRIBE,
    }
    try:
        numbers = signed_links.read(purposes[kind], token)
    except signed_links.BadLink:
        return False
    if kind == "unsubscribe":
        return numbers[0] == delivery.member_id and numbers[2] == delivery.pk
    return numbers[0] == delivery.pk


def _part(message: Message, kind: str) -> str:
    for part in message.walk():
        if part.get_content_type() == kind:
            payload = part.get_payload(decode=True)
            return payload.decode(errors="replace") if isinstance(payload, bytes) else ""
    return ""
