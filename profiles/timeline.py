"""Everything that passed between a member and the company, newest first.

Apps above register a source; this one knows joining and consent itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from profiles.models import ConsentEvent, Member, Purpose


@dataclass(frozen=True)
class TimelineItem:
    """One line of the timeline. ``icon`` is a Wagtail icon name; ``url`` may lead to more."""

    at: datetime
    kind: str
    title: str
    detail: str = ""
    icon: str = "circle-plus"
    url: str = ""
    replayed: bool = False
    simulated: bool = False


Source = Callable[[Member], Iterable[TimelineItem]]
_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Add a source of items under a name; registering the name again replaces it."""
    _sources[name] = source


def timeline(member: Member) -> list[TimelineItem]:
    """The member's items from every source, newest first."""
    items = list(_joining(member))
    for source in _sources.values():
        items.extend(source(member))
    return sorted(items, key=lambda item: item.at, reverse=True)


def _joining(member: Member) -> Iterable[TimelineItem]:
    if member.joined_at:
        yield TimelineItem(member.joined_at, "joined", "Joined the club", member.source, "user")
    for event in member.consent_events.select_related("topic", "wording"):
        yield TimelineItem(event.occurred_at, "consent", _title(event), _proof(event), "key")


def _title(event: ConsentEvent) -> str:
    subject = "opens and clicks" if event.purpose == Purpose.TRACKING else str(event.topic)
    return f"{event.get_action_display()}: {subject}"


def _proof(event: ConsentEvent) -> str:
    wording = f", wording v{event.wording.version}" if event.wording else ""
    return f"{event.source}{wording}"
