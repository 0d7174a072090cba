"""Every text that a member may read is there in Spanish."""

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from portal.catalogues import FOLDER, compile_stale, messages


@pytest.fixture(scope="module")
def spanish() -> Catalog:
    """The Spanish catalogue."""
    with (FOLDER / "es/LC_MESSAGES/django.po").open("rb") as file:
        return read_po(file, locale="es")


def test_no_text_is_missing(spanish: Catalog) -> None:
    translated = {m.id for m in spanish if m.id and m.string and all(parts(m.string))}
    assert {m for m in messages() if m not in translated} == set()


def test_no_text_is_left_over_or_unsure(spanish: Catalog) -> None:
    known = messages()
    assert [m.id for m in spanish if m.id and (m.id not in known or m.fuzzy)] == []
    assert not spanish.obsolete


def test_placeholders_survive(spanish: Catalog) -> None:
    assert [
        (m.id, [str(e) for e in m.check(spanish)]) for m in spanish if [*m.check(spanish)]
    ] == []


def test_nothing_shouts(spanish: Catalog) -> None:
    words = [text for m in spanish if m.id for text in (*parts(m.id), *parts(m.string))]
    assert [text for text in words if "!" in text] == []


def test_compiled_form_is_up_to_date() -> None:
    assert compile_stale() == []


def parts(text: object) -> tuple[str, ...]:
    """One text, or singular and plural."""
    return tuple(text) if isinstance(text, list | tuple) else (str(text),)
