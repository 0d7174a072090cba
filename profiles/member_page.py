"""What the staff's member page shows beyond the profile itself.

Apps above register a section; each brings the figures that belong on top and a template for its
own part of the page, so that this app need not know them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from profiles.models import Member


@dataclass(frozen=True)
class Figure:
    """A number that matters, with what it counts and, small, what it is measured against."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the member page: figures for its head, and a template with its context."""

    title: str
    icon: str
    template: str
    context: Mapping[str, Any]
    figures: tuple[Figure, ...] = field(default=())


Source = Callable[[Member], Section]
_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Add a section under a name; registering the name again replaces it."""
    _sources[name] = source


def sections(member: Member) -> list[Section]:
    """The sections of every app, in the order in which they registered."""
    return [source(member) for source in _sources.values()]
