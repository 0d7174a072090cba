"""What a compiled e-mail is built of: spans, slots, sections, conditions, links.

A *node* is one of three things: a string is a static span; an integer is the number of a slot; a
``Section`` holds nodes that are shown if its condition holds, or once for each of the member's
offers.
"""

from dataclasses import dataclass
from typing import Literal

from campaigns.composition.merge_tags import TagUse


@dataclass(frozen=True)
class Section:
    """Nodes shown if a condition holds (``condition`` is its number), or once per offer (None)."""

    condition: int | None
    children: tuple["Node", ...]


Node = str | int | Section
Nodes = tuple[Node, ...]
PROPOSAL = "answer:"


@dataclass(frozen=True)
class Slot:
    """A place filled per delivery.

    ``kind`` tag: ``ref`` is the tag's name, ``filters`` and ``fallback`` are as written;
    link: ``ref`` is the position of a tracked link; url: ``ref`` names one of ``facts["url"]``;
    offer: ``ref`` names a field of the offer at hand.
    """

    kind: Literal["tag", "link", "url", "offer"]
    ref: str
    filters: tuple[str, ...] = ()
    fallback: str | None = None

    def __str__(self) -> str:
        return "{{ " + (self.ref if self.kind == "tag" else f"{self.kind} {self.ref}") + " }}"

    @property
    def tag(self) -> TagUse:
        """The merge tag of a slot of kind tag."""
        return TagUse(self.ref, self.filters, self.fallback)


def proposal(question: str, choice: str = "") -> str:
    """Name the page on which a question is answered, by keys; a choice is ticked there already."""
    return f"{PROPOSAL}{question}:{choice}"


@dataclass(frozen=True)
class Condition:
    """What must be true of a delivery's facts for a section to be shown.

    ``operator``: any_of, none_of (over ``answers``, pairs of question and choice key), answered,
    not_answered (``question``), language, offers (has any), offers_more (has more than shown).
    """

    operator: str
    answers: tuple[tuple[str, str], ...] = ()
    question: str = ""
    language: str = ""


@dataclass(frozen=True)
class Link:
    """A destination on the web, by its position in the mail."""

    position: int
    url: str
    label: str
