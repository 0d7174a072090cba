"""A part of a mail laid flat for those who see the same sections: spans and where values go.

Which sections a member sees is decided by a few conditions, so a campaign has few plans; each is
made once, with neighbouring spans joined, and then filled by copying a list.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Part:
    """A section of nodes laid out: ``condition`` is None for one that repeats per offer."""

    condition: int | None
    children: tuple[Any, ...]


Laid = tuple[str | bytes | int | Part, ...]
Shown = tuple[bool, ...]
MOST_PLANS = 512


class Plan:
    """Pieces in order; a place to fill holds None until it is filled."""

    def __init__(self, nodes: Laid, shown: Shown) -> None:
        self.pieces: list[Any] = []
        self.slots: list[tuple[int, int]] = []
        self.repeats: list[tuple[int, Plan]] = []
        self._lay(nodes, shown)

    def fill(self, filled: list[Any], offers: list[list[tuple[int, Any]]]) -> list[Any]:
        """The pieces with their values; None stands where a value is missing."""
        out = self.pieces.copy()
        for place, slot in self.slots:
            out[place] = filled[slot]
        for place, plan in self.repeats:
            out[place] = plan.repeat(filled, offers)
        return out

    def repeat(self, filled: list[Any], offers: list[list[tuple[int, Any]]]) -> Any:
        """The same once per offer, joined; None when a value is missing."""
        out: list[Any] = []
        for offer in offers:
            for slot, value in offer:
                filled[slot] = value
            out += self.fill(filled, offers)
        if None in out:
            return None
        return out[0][:0].join(out) if out else self._nothing

    def _lay(self, nodes: Laid, shown: Shown) -> None:
        for node in nodes:
            if type(node) is int:
                self.slots.append((len(self.pieces), node))
                self.pieces.append(None)
            elif not isinstance(node, Part):
                self._add_span(node)
            elif node.condition is None:
                self.repeats.append((len(self.pieces), Plan(node.children, shown)))
                self.pieces.append(None)
            elif shown[node.condition]:
                self._lay(node.children, shown)

    def _add_span(self, span: Any) -> None:
        if self.pieces and self.pieces[-1] is not None:
            self.pieces[-1] += span
        else:
            self.pieces.append(span)

    @property
    def _nothing(self) -> Any:
        span = next((piece for piece in self.pieces if piece is not None), b"")
        return span[:0]


class Plans:
    """The plans of one part, made as they are needed."""

    def __init__(self, nodes: Laid) -> None:
        self.nodes = nodes
        self._made: dict[Shown, Plan] = {}

    def __getitem__(self, shown: Shown) -> Plan:
        plan = self._made.get(shown)
        if plan is None:
            if len(self._made) >= MOST_PLANS:
                self._made.clear()
            plan = self._made[shown] = Plan(self.nodes, shown)
        return plan
