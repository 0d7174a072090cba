"""What stands below every mail: why you got it, who sent it, and the way out."""

from dataclasses import dataclass

from campaigns.composition.brand_facts import BrandFacts
from campaigns.composition.draft import Draft, Phrase
from campaigns.composition.wording import wording


@dataclass(frozen=True)
class FooterLink:
    """One word of the footer's line of links, and where it leads."""

    label: str
    target: Phrase


@dataclass(frozen=True)
class Footer:
    """The lines below a mail. ``pixel`` is empty where opens are not counted."""

    why: str
    sender: str
    links: tuple[FooterLink, ...]
    pixel: Phrase


def footer_of(draft: Draft, brand: BrandFacts, language: str, kind: str, topic: str) -> Footer:
    """Write the footer; a service mail has no way out, because it is no advertising."""
    words = wording(language)
    labels = {"preferences": words.preferences, "unsubscribe": words.unsubscribe}
    if kind == "service":
        why, labels = words.why_service.format(brand=brand.name), {}
    else:
        why = words.why.format(topic=topic or brand.name, brand=brand.name)
    labels["view"] = words.view
    return Footer(
        why=why,
        sender=f"{brand.name} · {brand.postal_address}",
        links=tuple(FooterLink(label, draft.url(name)) for name, label in labels.items()),
        pixel=draft.url("pixel") if draft.tracked else Phrase("", ""),
    )
