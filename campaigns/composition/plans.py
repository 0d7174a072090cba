"""A part of a mail laid flat for those who see the same sections: spans and where values go.

Which sections a member sees is decided by a few conditions, so a campaign has few plans; each is
made once, with neighbouring spans joined, and then filled by copying a list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Part:
    """A section of nodes laid out: ``condition`` is None for one that repeats per offer."""

    condition: int | None
    children: tuple[Any, ...]


Laid = tuple[str | bytes | int | Part, ...]
Shown = tuple[bool, ...]
# Per slot number: the value, or None while there is none.
Filled = list[Any]
PerOffer = Sequence[Sequence[tuple[int, Any]]]
MOST_PLANS = 512


class Plan:
    """Pieces in order; a place to fill holds None until it is filled."""

    def __init__(self, nodes: Laid, shown: Shown, nothing: Any) -> None:
        self.pieces: list[Any] = []
        self.slots: list[tuple[int, int]] = []
        self.repeats: list[tuple[int, Plan]] = []
        self._nothing = nothing
        self._lay(nodes, shown)

    def fill(self, filled: Filled, offers: PerOffer) -> list[Any]:
        """The pieces with their values; None stands where a value is missing."""
        out = self.pieces.copy()
        for place, slot in self.slots:
            out[place] = filled[slot]
        for place, plan in self.repeats:
            out[place] = plan.repeat(filled, offers)
        return out

    def repeat(self, filled: Filled, offers: PerOffer) -> Any:
        """The same once per offer, joined; None when a value is missing."""
        out: list[Any] = []
        for offer in offers:
            _put(offer, filled)
            out += self.fill(filled, offers)
        return None if None in out else self._nothing.join(out)

    def missing(self, filled: Filled, offers: PerOffer) -> int | None:
        """The first slot, in the order of reading, that has no value."""
        found = [(place, slot) for place, slot in self.slots if filled[slot] is None]
        for place, plan in self.repeats:
            for offer in offers:
                _put(offer, filled)
                slot = plan.missing(filled, offers)
                if slot is not None:
                    found.append((place, slot))
                    break
        return min(found)[1] if found else None

    def _lay(self, nodes: Laid, shown: Shown) -> None:
        for node in nodes:
            if type(node) is int:
                self.slots.append((len(self.pieces), node))
                self.pieces.append(None)
            elif not isinstance(node, Part):
                self._add_span(node)
            elif node.condition is None:
                plan = Plan(node.children, shown, self._nothing)
                self.repeats.append((len(self.pieces), plan))
                self.pieces.append(None)
            elif shown[node.condition]:
                self._lay(node.children, shown)

    def _add_span(self, span: Any) -> None:
        if self.pieces and self.pieces[-1] is not None:
            self.pieces[-1] += span
        else:
            self.pieces.append(span)


class Plans:
    """One part of a mail, and its plans, made as they are needed.

    ``nothing`` is the empty piece: of bytes for the wire, of text for people.
    """

    def __init__(self, nodes: Laid, nothing: str | bytes) -> None:
        self.nodes = nodes
        self._nothing = nothing
        self._made: dict[Shown, Plan] = {}

    def __getitem__(self, shown: Shown) -> Plan:
        plan = self._made.get(shown)
        if plan is None:
            if len(self._made) >= MOST_PLANS:
                self._made.clear()
            plan = self._made[shown] = Plan(self.nodes, shown, self._nothing)
        return plan

    @cached_property
    def dynamic(self) -> tuple[tuple[int, "Plans"], ...]:
        """Each top-level place that is not the same for everyone, planned by itself."""
        return tuple(
            (at, Plans((node,), self._nothing))
            for at, node in enumerate(self.nodes)
            if not isinstance(node, str | bytes)
        )


def _put(offer: Sequence[tuple[int, Any]], filled: Filled) -> None:
    for slot, value in offer:
        filled[slot] = value
