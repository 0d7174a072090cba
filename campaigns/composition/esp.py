"""The same mail for an ESP that fills in values itself: a skeleton, and one delivery's values.

Each dynamic place of the top level becomes one token of the skeleton; a whole section shown by
condition is one value. Values are escaped here, because ESPs put them in literally.
"""

from dataclasses import dataclass
from typing import Final

from campaigns.composition import headers
from campaigns.composition.compiled import Compiled
from campaigns.composition.filling import PlainValues, RenderError, fill
from campaigns.composition.merge_tags import Facts
from campaigns.composition.plans import Filled, Part, PerOffer, Plans

# Anymail's ``merge_field_format`` for ESPs that let the sender choose.
FIELD_FORMAT: Final = "-{}-"


@dataclass(frozen=True)
class EspSkeleton:
    """What is the same for all: tokens stand where values go."""

    subject: str
    text: str
    html: str


def esp_skeleton(compiled: Compiled, field_format: str = FIELD_FORMAT) -> EspSkeleton:
    """Return the mail with a token, written by ``field_format``, in each dynamic place."""

    def written(part: str, plans: Plans) -> str:
        return "".join(
            node if isinstance(node, str) else field_format.format(_key(part, at, node))
            for at, node in enumerate(plans.nodes)
        )

    wire = compiled.wire
    return EspSkeleton(
        subject=written("s", wire.subject),
        text=written("t", wire.plain_text),
        html=written("h", wire.plain_html),
    )


def esp_values(compiled: Compiled, facts: Facts) -> dict[str, str]:
    """Return one delivery's value for each token's key. Raises RenderError."""
    wire = compiled.wire
    values = PlainValues(wire, facts)
    found = _values_of("s", wire.subject, values, values.raw, [])
    try:
        found = {key: headers.checked("Subject", value) for key, value in found.items()}
    except headers.HeaderError as error:
        raise RenderError("", str(error)) from None
    found |= _values_of("t", wire.plain_text, values, values.text, values.offers_text)
    found |= _values_of("h", wire.plain_html, values, values.html, values.offers_html)
    return found


def _values_of(
    part: str, plans: Plans, values: PlainValues, filled: Filled, offers: PerOffer
) -> dict[str, str]:
    return {
        _key(part, at, plans.nodes[at]): "".join(fill(place, values, filled, offers))
        for at, place in plans.dynamic
    }


def _key(part: str, at: int, node: object) -> str:
    """A slot's key is the same wherever it stands; a section's is its place."""
    return f"regulars_{part}x{at}" if isinstance(node, Part) else f"regulars_{part}{node}"
