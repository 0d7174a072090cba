"""A marketer's formatted text: cleaned, its tags and links made into slots, and as plain text."""

from html.parser import HTMLParser
from typing import Final

import nh3

from campaigns.composition.draft import Draft, Phrase

_ALLOWED: Final = {"p", "h2", "h3", "strong", "em", "a", "ul", "ol", "li", "br"}
_SAME_AS: Final = {"b": "strong", "i": "em", "h1": "h2", "h4": "h3", "h5": "h3", "h6": "h3"}


def rich_phrase(draft: Draft, source: str) -> Phrase:
    """Read formatted text (HTML of the editor) into HTML and plain text with tokens."""
    clean = nh3.clean(
        source,
        tags=_ALLOWED | set(_SAME_AS),
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    reader = _Reader(draft)
    reader.feed(clean)
    reader.close()
    return Phrase("".join(reader.html), reader.plain())


class _Reader(HTMLParser):
    """Walks cleaned HTML once and writes both forms."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(convert_charrefs=True)
        self.draft = draft
        self.html: list[str] = []
        self.text: list[str] = []
        self._lists: list[int | None] = []
        self._link: tuple[str, int, int] | None = None

    def plain(self) -> str:
        """The plain text, paragraphs apart by an empty line."""
        lines = "".join(self.text).split("\n")
        kept = [line.strip() for line in lines]
        return "\n".join(
            line for at, line in enumerate(kept) if line or (at and kept[at - 1])
        ).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = _SAME_AS.get(tag, tag)
        if name == "a":
            self._link = (dict(attrs).get("href") or "", len(self.html), len(self.text))
            self.html.append("")
            return
        self.html.append("<br />" if name == "br" else f"<{name}>")
        if name == "br":
            self.text.append("\n")
        elif name in {"ul", "ol"}:
            self._lists.append(0 if name == "ol" else None)
        elif name == "li":
            self.text.append(f"\n{self._bullet()} ")

    def handle_endtag(self, tag: str) -> None:
        name = _SAME_AS.get(tag, tag)
        if name == "a":
            self._close_link()
            return
        self.html.append(f"</{name}>")
        if name in {"p", "h2", "h3"}:
            self.text.append("\n\n")
        elif name in {"ul", "ol"}:
            if self._lists:
                self._lists.pop()
            self.text.append("\n\n")

    def handle_data(self, data: str) -> None:
        phrase = self.draft.phrase(data)
        self.html.append(phrase.html)
        self.text.append(phrase.text.replace("\n", " "))

    def _bullet(self) -> str:
        if not self._lists or self._lists[-1] is None:
            return "–"
        self._lists[-1] += 1
        return f"{self._lists[-1]}."

    def _close_link(self) -> None:
        if self._link is None:
            return
        href, html_at, text_at = self._link
        self._link = None
        label = "".join(self.text[text_at:])
        target = self.draft.link(href, self.draft.readable(label))
        self.html[html_at] = f'<a href="{target.html}" target="_blank">'
        self.html.append("</a>")
        if target.text and target.text != label:
            self.text.append(f" <{target.text}>")
