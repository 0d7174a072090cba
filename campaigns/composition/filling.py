"""The values of one delivery's slots, and the walk that puts them between the static spans."""

import re
from functools import lru_cache
from html import escape
from typing import Any, Final

from campaigns.composition import encoding
from campaigns.composition.conditions import holds
from campaigns.composition.merge_tags import Facts
from campaigns.composition.plans import Filled, PerOffer, Plans
from campaigns.composition.wire_form import WireForm

LONGEST_VALUE: Final = 4000  # characters; no merge value of a mail is honestly longer
# Tokens, codes and most names need neither escaping nor encoding; no dot can begin a line.
_VERBATIM: Final = re.compile(
    r"[A-Za-z0-9:/_~ ,;?+@-][A-Za-z0-9:/_~ ,;?+@.-]{0,74}[A-Za-z0-9:/_~-]{0,75}"
)
_BREAKS: Final = re.compile("[\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]+")
_CONTROLS: Final = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufffe\uffff]")


class RenderError(ValueError):
    """One delivery cannot be written; ``slot`` names the place, the message says why.

    The message holds no value of the member's, so that it may be logged and shown.
    """

    def __init__(self, slot: str, why: str) -> None:
        super().__init__(f"{slot}: {why}" if slot else why)
        self.slot = slot


class Values:
    """The values of one delivery in the forms that its parts need."""

    def __init__(self, wire: WireForm, facts: Facts) -> None:
        self.slots = wire.slots
        self.shown = tuple([holds(condition, facts) for condition in wire.conditions])
        self.raw: Filled = [None] * len(wire.slots)
        self.html: Filled = self.raw.copy()
        self.text: Filled = self.raw.copy()
        self.offers_html: list[list[tuple[int, Any]]] = []
        self.offers_text: list[list[tuple[int, Any]]] = []
        self._fill_tags(wire, facts)
        self._fill_addresses(wire, facts)
        if wire.offers:
            self._fill_offers(wire, facts)

    def _fill_tags(self, wire: WireForm, facts: Facts) -> None:
        for at, tag in wire.tags:
            value = tag.value(facts)
            if value is not None:
                self.raw[at] = value
                self.html[at], self.text[at] = self._spelled(at, value)

    def _fill_addresses(self, wire: WireForm, facts: Facts) -> None:
        spelled = self._address
        if wire.links:
            links = facts.get("links") or ()
            for at, position in wire.links:
                if position < len(links):
                    self.html[at] = self.text[at] = spelled(links[position])
        pages = facts["url"]
        for at, name in wire.urls:
            if address := pages.get(name):
                self.html[at] = self.text[at] = spelled(address)

    def _address(self, address: str) -> Any:
        """One of our own addresses: a base of plain ASCII and a token; nothing to escape."""
        return encoding.address(address)

    def _fill_offers(self, wire: WireForm, facts: Facts) -> None:
        for offer in facts.get("offers") or ():
            html, text = [], []
            for at, name in wire.offers:
                value = offer.get(name)
                pair = (None, None) if value is None else self._spelled(at, str(value))
                html.append((at, pair[0]))
                text.append((at, pair[1]))
            self.offers_html.append(html)
            self.offers_text.append(text)

    def _spelled(self, at: int, value: str) -> tuple[Any, Any]:
        try:
            return _on_the_wire(value)
        except (UnicodeEncodeError, TooLong) as error:
            why = str(error) if isinstance(error, TooLong) else "holds half a character"
            raise RenderError(str(self.slots[at]), why) from None


class PlainValues(Values):
    """The same values as readable text: for previews and for ESPs that encode by themselves."""

    def _address(self, address: str) -> Any:
        return address

    def _spelled(self, at: int, value: str) -> tuple[Any, Any]:
        super()._spelled(at, value)
        clean = tidy(value)
        return escape(clean), clean


class TooLong(ValueError):
    """A value is longer than anything a mail can show."""


def fill(plans: Plans, values: Values, filled: Filled, offers: PerOffer) -> list[Any]:
    """Return the pieces of one part in order. Raises RenderError for a missing value."""
    plan = plans[values.shown]
    out = plan.fill(filled, offers)
    if None in out:
        slot = plan.missing(filled, offers)
        raise RenderError("" if slot is None else str(values.slots[slot]), "has no value")
    return out


def tidy(value: str) -> str:
    """Make a value one line without control characters. Raises TooLong."""
    if len(value) > LONGEST_VALUE:
        raise TooLong(f"is longer than {LONGEST_VALUE} characters")
    return value if value.isprintable() else _CONTROLS.sub("", _BREAKS.sub(" ", value))


def _on_the_wire(value: str) -> tuple[bytes, bytes]:
    """Spell a value for the HTML and the text part."""
    if _VERBATIM.fullmatch(value):
        spelled = encoding.verbatim(value)
        return spelled, spelled
    return _spelled_out(value)


@lru_cache(maxsize=8192)
def _spelled_out(value: str) -> tuple[bytes, bytes]:
    clean = tidy(value)
    return encoding.value(escape(clean)), encoding.value(clean)
