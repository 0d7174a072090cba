"""Where a link may lead: the web, a mailbox, a telephone, the club's own site, a member's page."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

# Pages that belong to one member; their addresses come with the facts of the delivery.
MEMBER_PAGES = ("preferences", "unsubscribe", "view")
_MEMBER_PAGE = re.compile(r"\{\{\s*(\w+)_url\s*\}\}")
_BAD_CHARACTERS = re.compile(r"[\x00-\x20\x7f-\xa0\\\"<>`{}|^]")


class BadDestination(ValueError):
    """A link leads nowhere good; the message says why."""


@dataclass(frozen=True)
class Destination:
    """Where a link leads. ``page`` names one of MEMBER_PAGES, else ``url`` is the address."""

    url: str = ""
    page: str = ""

    @property
    def is_countable(self) -> bool:
        """Whether a click can be counted on its way: only on the web."""
        return self.url.startswith(("https://", "http://"))


def destination(written: str, base_url: str) -> Destination:
    """Read what a marketer wrote as a link. Raises BadDestination."""
    text = written.strip()
    if page := _MEMBER_PAGE.fullmatch(text):
        if page[1] not in MEMBER_PAGES:
            raise BadDestination(f"there is no page “{page[1]}_url”")
        return Destination(page=page[1])
    if "{{" in text:
        raise BadDestination(
            f"the link “{text[:80]}” holds a merge tag; links are the same for all members"
        )
    if not text or _BAD_CHARACTERS.search(text):
        raise BadDestination(f"“{text[:80]}” is not a link")
    if text.startswith("/") and not text.startswith("//"):
        return Destination(url=base_url.rstrip("/") + text)
    return Destination(url=_checked(text))


def _checked(text: str) -> str:
    try:
        parts = urlsplit(text)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        raise BadDestination(f"“{text[:80]}” is not a link") from None
    if parts.scheme in {"mailto", "tel"} and parts.path:
        return text
    if parts.scheme not in {"https", "http"}:
        raise BadDestination(f"“{text[:80]}” must start with https://")
    if not host or parts.username is not None:
        raise BadDestination(f"“{text[:80]}” names no proper host")
    return text
