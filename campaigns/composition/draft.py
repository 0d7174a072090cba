"""A mail in the making: collects slots, conditions, links and problems while blocks are read.

Dynamic places travel through MJML and the CSS inliner as short ASCII tokens that occur nowhere in
the content; ``nodes`` splits the finished text at them.
"""

import re
from dataclasses import dataclass, field
from html import escape

from django.utils.safestring import SafeString, mark_safe

from campaigns.composition.links import BadDestination, destination
from campaigns.composition.merge_tags import TagError, parse
from campaigns.composition.nodes import Condition, Link, Node, Nodes, Section, Slot

EACH_OFFER = "each"
END = "end"


@dataclass(frozen=True)
class Phrase:
    """A text with tokens for its merge tags, as HTML and as plain text."""

    html: str
    text: str

    def __str__(self) -> SafeString:
        # What a template shows: the HTML, in which every literal text is escaped already.
        return mark_safe(self.html)  # noqa: S308

    def __bool__(self) -> bool:
        return bool(self.text)


@dataclass(frozen=True)
class Marker:
    """Where a section begins or ends: a comment in HTML, the bare token in text."""

    text: str

    @property
    def html(self) -> str:
        """The comment that carries the token through HTML."""
        return f"<!--{self.text}-->"

    def __str__(self) -> SafeString:
        return mark_safe(self.html)  # noqa: S308


@dataclass
class Draft:
    """Everything dynamic in one mail, numbered in the order in which it was met.

    ``nonce`` begins every token and must not occur in the content.
    """

    nonce: str
    base_url: str
    tracked: bool
    slots: list[Slot] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _tokens: list[int | Condition | str] = field(default_factory=list)

    def phrase(self, text: str) -> Phrase:
        """Read a marketer's text with merge tags; a bad tag is noted as a problem."""
        try:
            parts = parse(text)
        except TagError as error:
            self.problems.append(str(error))
            return Phrase("", "")
        html, plain = [], []
        for part in parts:
            if isinstance(part, str):
                html.append(escape(part))
                plain.append(part)
            else:
                token = self._slot_token(Slot("tag", part.name, part.filters, part.fallback))
                html.append(token)
                plain.append(token)
        return Phrase("".join(html), "".join(plain))

    def link(self, written: str, label: str) -> Phrase:
        """Return the address for a link: a slot where clicks are counted, else the destination."""
        try:
            target = destination(written, self.base_url)
        except BadDestination as error:
            self.problems.append(str(error))
            return Phrase("", "")
        if target.page:
            return self.url(target.page)
        if not target.is_countable:
            return Phrase(escape(target.url), target.url)
        self.links.append(Link(len(self.links), target.url, label[:200]))
        if not self.tracked:
            return Phrase(escape(target.url), target.url)
        return self._slot(Slot("link", str(self.links[-1].position)))

    def url(self, name: str) -> Phrase:
        """A page of the member's own: ``facts["url"][name]``."""
        return self._slot(Slot("url", name))

    def offer(self, name: str) -> Phrase:
        """A field of the offer at hand."""
        return self._slot(Slot("offer", name))

    def begin(self, condition: Condition) -> Marker:
        """Open a section shown if ``condition`` holds."""
        return Marker(self._token(condition))

    def begin_each_offer(self) -> Marker:
        """Open a section repeated for each of the member's offers."""
        return Marker(self._token(EACH_OFFER))

    def end(self) -> Marker:
        """Close the section opened last."""
        return Marker(self._token(END))

    def readable(self, text: str) -> str:
        """Return ``text`` with its tokens as the tags they stand for: for labels and messages."""
        return re.sub(f"{self.nonce}(\\d+)q", self._spell, text)

    def nodes(self, finished: str) -> Nodes:
        """Split a finished text or HTML at its tokens into a tree."""
        pieces = re.split(f"(?:<!--)?{self.nonce}(\\d+)q(?:-->)?", finished)
        root: list[Node] = []
        open_lists: list[tuple[int | None, list[Node]]] = [(None, root)]
        for number, piece in enumerate(pieces):
            if number % 2:
                self._place(self._tokens[int(piece)], open_lists)
            elif piece:
                open_lists[-1][1].append(piece)
        return tuple(root)

    def _spell(self, token: re.Match[str]) -> str:
        meaning = self._tokens[int(token[1])]
        return str(self.slots[meaning]) if isinstance(meaning, int) else ""

    def _place(
        self, token: int | Condition | str, open_lists: list[tuple[int | None, list[Node]]]
    ) -> None:
        if isinstance(token, int):
            open_lists[-1][1].append(token)
        elif token == END:
            condition, children = open_lists.pop()
            open_lists[-1][1].append(Section(condition, tuple(children)))
        elif isinstance(token, Condition):
            open_lists.append((self.conditions.index(token), []))
        else:
            open_lists.append((None, []))

    def _slot(self, slot: Slot) -> Phrase:
        token = self._slot_token(slot)
        return Phrase(token, token)

    def _slot_token(self, slot: Slot) -> str:
        if slot not in self.slots:
            self.slots.append(slot)
        return self._token(self.slots.index(slot))

    def _token(self, meaning: int | Condition | str) -> str:
        if isinstance(meaning, Condition) and meaning not in self.conditions:
            self.conditions.append(meaning)
        self._tokens.append(meaning)
        return f"{self.nonce}{len(self._tokens) - 1}q"
