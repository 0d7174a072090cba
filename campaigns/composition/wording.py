"""The words that the compiler itself adds to a mail, in each language of the club.

They are data beside the compiler rather than entries of a catalogue because they become part of
the compiled, approved bytes: the same content must compile to the same mail everywhere.
Placeholders in braces are filled by ``str.format``.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Wording:
    """The compiler's own words in one language."""

    why: str
    why_service: str
    preferences: str
    unsubscribe: str
    view: str
    code: str
    valid_until: str
    see_offer: str
    more_offers: str
    points: str
    picture: str
    answer: str


ENGLISH: Final = Wording(
    why="You get this because you follow “{topic}” at {brand}.",
    why_service="This is a message about your membership of {brand}, not advertising.",
    preferences="Preferences",
    unsubscribe="Unsubscribe",
    view="View in browser",
    code="Your code",
    valid_until="Valid until {date}",
    see_offer="See the offer",
    more_offers="{count} more are waiting for you in the club.",
    points="points on your card",
    picture="Picture",
    answer="Tell us",
)
SPANISH: Final = Wording(
    why="Te llega este correo porque sigues «{topic}» en {brand}.",
    why_service="Es un aviso sobre tu club {brand}, no es publicidad.",
    preferences="Preferencias",
    unsubscribe="Darme de baja",
    view="Ver en el navegador",
    code="Tu código",
    valid_until="Válido hasta el {date}",
    see_offer="Ver la oferta",
    more_offers="Te esperan {count} más en el club.",
    points="puntos en tu tarjeta",
    picture="Imagen",
    answer="Contar",
)
_BY_LANGUAGE: Final = {"en": ENGLISH, "es": SPANISH}


def wording(language: str) -> Wording:
    """Return the words for ``language``, its base language, or English."""
    base, _dash, _region = language.partition("-")
    return _BY_LANGUAGE.get(base, ENGLISH)
