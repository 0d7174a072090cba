"""What a mail needs to know of a brand: its name, sender and colours, in light and in dark."""

from dataclasses import dataclass
from typing import Protocol


class BrandLike(Protocol):
    """The columns of ``profiles.models.Brand`` that a mail shows."""

    name: str
    strapline: str
    sender_name: str
    sender_email: str
    reply_to: str
    postal_address: str
    paper: str
    ink: str
    accent: str
    support: str
    line: str


@dataclass(frozen=True)
class BrandFacts:
    """A brand as a mail sees it. Colours are ``#RRGGBB``; ``base_url`` has no slash at its end."""

    name: str
    sender_name: str
    sender_email: str
    postal_address: str
    base_url: str
    reply_to: str = ""
    strapline: str = ""
    paper: str = "#FBF7F0"
    ink: str = "#22201C"
    accent: str = "#C8452B"
    support: str = "#5D6B3A"
    line: str = "#E5DCCB"

    @classmethod
    def of(cls, brand: BrandLike, base_url: str) -> "BrandFacts":
        """Take the facts of a stored brand."""
        return cls(
            name=brand.name,
            sender_name=brand.sender_name,
            sender_email=brand.sender_email,
            postal_address=brand.postal_address,
            base_url=base_url.rstrip("/"),
            reply_to=brand.reply_to,
            strapline=brand.strapline,
            paper=brand.paper,
            ink=brand.ink,
            accent=brand.accent,
            support=brand.support,
            line=brand.line,
        )


@dataclass(frozen=True)
class Palette:
    """The colours of a mail, each readable on what lies under it (WCAG 2.2: at least 4.5:1)."""

    paper: str
    card: str
    ink: str
    quiet: str
    accent: str
    on_accent: str
    support: str
    line: str


def light(brand: BrandFacts) -> Palette:
    """The brand's own colours, moved towards ink where they would be hard to read."""
    card = mix(brand.paper, "#FFFFFF", 0.75)
    accent = readable(brand.accent, brand.paper, brand.ink)
    return Palette(
        paper=brand.paper,
        card=card,
        ink=brand.ink,
        quiet=readable(mix(brand.ink, brand.paper, 0.35), brand.paper, brand.ink),
        accent=accent,
        on_accent=readable("#FFFFFF", accent, brand.ink),
        support=readable(brand.support, brand.paper, brand.ink),
        line=brand.line,
    )


def dark(brand: BrandFacts) -> Palette:
    """The same brand by lamplight: ink becomes the ground, paper the writing."""
    ground = mix(brand.ink, "#000000", 0.25)
    card = mix(brand.ink, brand.paper, 0.06)
    writing = mix(brand.paper, brand.ink, 0.06)
    accent = readable(brand.accent, card, brand.paper)
    return Palette(
        paper=ground,
        card=card,
        ink=writing,
        quiet=readable(mix(writing, ground, 0.35), card, brand.paper),
        accent=accent,
        on_accent=readable(ground, accent, "#000000"),
        support=readable(brand.support, card, brand.paper),
        line=mix(brand.ink, brand.paper, 0.22),
    )


def mix(one: str, other: str, share: float) -> str:
    """Return ``one`` with ``share`` (0 to 1) of ``other`` stirred in."""
    blend = [
        round(a + (b - a) * share) for a, b in zip(_channels(one), _channels(other), strict=True)
    ]
    return "#" + "".join(f"{value:02X}" for value in blend)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, ground: str, towards: str, ratio: float = 4.5) -> str:
    """Move ``colour`` towards ``towards`` until it can be read on ``ground``."""
    for step in range(21):
        candidate = mix(colour, towards, step / 20)
        if contrast(candidate, ground) >= ratio:
            return candidate
    return towards


def _channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _luminance(colour: str) -> float:
    weights = (0.2126, 0.7152, 0.0722)
    return sum(
        weight * (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
        for weight, value in zip(weights, (c / 255 for c in _channels(colour)), strict=True)
    )
