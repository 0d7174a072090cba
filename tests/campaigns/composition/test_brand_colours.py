"""Whatever colours a brand chooses, its mails can be read in light and in dark."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.composition.brand_facts import Palette, contrast, dark, light, mix
from tests.campaigns.composition.mails import LA_ESQUINA

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06X}")


def readable_pairs(colours: Palette) -> list[tuple[str, str]]:
    return [
        (colours.ink, colours.paper),
        (colours.quiet, colours.paper),
        (colours.support, colours.paper),
        (colours.accent, colours.paper),
        (colours.on_accent, colours.accent),
        (colours.ink, colours.card),
    ]


@pytest.mark.parametrize("mode", [light, dark])
def test_la_esquina_can_be_read(mode: object) -> None:
    for colour, ground in readable_pairs(mode(LA_ESQUINA)):  # type: ignore[operator]
        assert contrast(colour, ground) >= 4.5, (colour, ground)


@given(accent=COLOURS, support=COLOURS)
def test_any_accent_becomes_readable(accent: str, support: str) -> None:
    brand = replace(LA_ESQUINA, accent=accent, support=support)
    for mode in (light, dark):
        for colour, ground in readable_pairs(mode(brand)):
            assert contrast(colour, ground) >= 4.5, (colour, ground)


def test_colours_stay_colours() -> None:
    for mode in (light(LA_ESQUINA), dark(LA_ESQUINA)):
        for field in fields(mode):
            assert len(getattr(mode, field.name)) == 7
    assert mix("#000000", "#FFFFFF", 0.5) == "#808080"
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
