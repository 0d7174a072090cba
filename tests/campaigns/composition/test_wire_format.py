"""The bytes on the wire decode to exactly the subject, text and HTML that were meant."""

import email
from dataclasses import replace
from email.header import decode_header, make_header
from email.utils import parseaddr
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from campaigns.composition.rendering import RenderError, render, render_parts
from tests.campaigns.composition.mails import ANA, TO_ANA, ana, body, compiled, parsed

MAIL = compiled()
ANY_TEXT = st.text(max_size=120)
PRINTED = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=90
)


def offer(fields: list[str]) -> dict[str, str]:
    names = ("title", "description", "code", "valid_until", "url")
    return dict(zip(names, fields, strict=True))


OFFERS = st.lists(st.lists(PRINTED, min_size=5, max_size=5).map(offer), max_size=3)


@settings(max_examples=300, deadline=None)
@given(first=PRINTED, last=ANY_TEXT, city=ANY_TEXT, offers=OFFERS, vegan=st.booleans())
@example(first=".", last="..", city="." * 200, offers=[], vegan=True)
@example(first="=" * 30, last="=3D", city="é" * 100, offers=[], vegan=False)
@example(first="{{ 7*7 }}", last="<script>", city="=?utf-8?b?QQ==?=", offers=[], vegan=True)
@example(first="a b", last=" x ", city="\t", offers=[offer(["."] * 5)], vegan=True)
def test_every_member_gets_what_was_meant(
    first: str, last: str, city: str, offers: list[dict[str, str]], vegan: bool
) -> None:
    facts = ana(
        first_name=first,
        full_name=f"{first} {last}",
        city=city,
        offers=offers,
        answers={"diet": ["vegan"]} if vegan else {},
    )
    message = render(MAIL, facts, TO_ANA)
    parts = render_parts(MAIL, facts)
    assert parsed(message)["Subject"] == parts.subject
    assert body(message, "plain") == parts.text
    assert body(message, "html") == parts.html
    assert_fit_for_the_wire(message)


def assert_fit_for_the_wire(message: bytes) -> None:
    lines = message.split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert b"\r" not in b"".join(lines)
    assert not any(line.startswith(b".") for line in lines), "SMTP would stuff a dot"
    assert message.isascii()
    # An address in a header cannot be broken.
    longest = max((line for line in lines if not line.startswith(b" <https://")), key=len)
    assert len(longest) <= 76, longest


@settings(max_examples=200, deadline=None)
@given(name=PRINTED)
@example(name="Doe, Jane")
@example(name='"Ana" \\ <x@example.com>')
@example(name="a" * 200)
def test_the_recipients_name_survives_its_header(name: str) -> None:
    message = render(MAIL, ANA, replace(TO_ANA, to_name=name))
    # parseaddr and decode_header join encoded words as RFC 2047 says; the newer parser does not.
    header = email.message_from_bytes(message)["To"].replace("\r\n", "")
    display, address = parseaddr(header)
    assert address == "ana@example.com"
    assert str(make_header(decode_header(display))) == " ".join(name.split())
    assert_fit_for_the_wire(message)


@settings(max_examples=200, deadline=None)
@given(facts=st.fixed_dictionaries({"first_name": ANY_TEXT, "city": ANY_TEXT}))
def test_a_preview_fails_exactly_where_sending_fails(facts: dict[str, Any]) -> None:
    def outcome(action: Any) -> str:
        try:
            action()
        except RenderError as error:
            return str(error)
        return "sent"

    hers = ana(**facts)
    assert outcome(lambda: render(MAIL, hers, TO_ANA)) == outcome(lambda: render_parts(MAIL, hers))


def test_the_message_has_a_text_and_an_html_part_in_that_order() -> None:
    message = parsed(render(MAIL, ANA, TO_ANA))
    assert message.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in message.iter_parts()]
    assert kinds == ["text/plain", "text/html"]
    assert not message.defects
    assert not any(part.defects for part in message.walk())


def test_rendering_twice_gives_the_same_bytes() -> None:
    assert render(MAIL, ANA, TO_ANA) == render(MAIL, ana(), TO_ANA)
