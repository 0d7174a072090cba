"""Segments to choose from in a rule: told by whoever knows them, since this app does not."""

from collections.abc import Callable, Iterable

Names = Callable[[], Iterable[tuple[int, str]]]
_sources: dict[str, Names] = {}


def register(names: Names) -> None:
    """Ask this function for the number and the name of every segment."""
    _sources["segments"] = names


def names() -> list[tuple[int, str]]:
    """Number and name of every segment; empty when nobody knows any."""
    source = _sources.get("segments")
    return list(source()) if source else []
