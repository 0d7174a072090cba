"""A segment's rules as a plain tree, read from what the editor stored."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ALL, ANY, NONE = "all", "any", "none"


@dataclass(frozen=True)
class Row:
    """One row: its kind, its stored values, and whether it says "not"."""

    kind: str
    value: Mapping[str, Any]

    @property
    def negated(self) -> bool:
        """Whether the row holds for those to whom the rest does not apply."""
        return self.value.get("operator") == "is_not"


@dataclass(frozen=True)
class Group:
    """Rows in brackets: ``all``, ``any`` or ``none`` of them. An empty one restricts nothing."""

    match: str
    nodes: tuple["Row | Group", ...]


def tree(match: str, raw: Sequence[Mapping[str, Any]]) -> Group:
    """The tree of a segment from its stored rows ``[{"type", "value"}]``."""
    return Group(match, tuple(_node(entry) for entry in raw))


def rows(group: Group) -> Iterator[Row]:
    """Every row of the tree, in reading order."""
    for node in group.nodes:
        if isinstance(node, Row):
            yield node
        else:
            yield from rows(node)


def _node(entry: Mapping[str, Any]) -> Row | Group:
    value = entry["value"] or {}
    if entry["type"] == "group":
        return tree(value.get("match") or ANY, value.get("rows") or [])
    return Row(entry["type"], value)
