"""Nothing that a text says can run, look around, or take long."""

from typing import Any

import pytest

from campaigns.composition.compiling import CompositionError
from campaigns.composition.rendering import RenderError, render, render_parts
from tests.campaigns.composition.mails import ANA, TO_ANA, ana, body, compiled, text

CANARY = "canary-4711"

NAUGHTY = [
    "{{ 7*7 }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ first_name.__class__ }}",
    "{{ member.secret }}",
    "{{ member['secret'] }}",
    "{{ secret }}",
    "{{ settings.SECRET_KEY }}",
    "{{ request }}",
    "{{ self }}",
    "{{ config.items() }}",
    "{{ range(10000000)|list }}",
    "{{ 'x' * 1000000000 }}",
    "{{ first_name|attr('__class__') }}",
    "{{ first_name|map('upper') }}",
    '{{ "%0999999999d"|format(1) }}',
    "{% for a in range(10000000) %}x{% endfor %}",
    "{% include '/etc/passwd' %}",
    "{% set x = 1 %}",
    "{% debug %}",
    "{% load log %}",
    "{# comment #}",
    "{{ first_name|default(secret) }}",
    "{{{{ first_name }}}}",
    "{{ {{ first_name }} }}",
    "{{ first_name\n| default('a') ; import os }}",
]


@pytest.mark.parametrize("template", NAUGHTY)
@pytest.mark.parametrize("place", ["subject", "preheader", "body"])
def test_a_naughty_template_is_refused_before_anyone_gets_it(template: str, place: str) -> None:
    changes: dict[str, Any] = {} if place == "body" else {place: template}
    blocks = [text(f"<p>{template}</p>")] if place == "body" else [text("<p>Hello</p>")]
    with pytest.raises(CompositionError):
        compiled(*blocks, **changes)


@pytest.mark.parametrize("template", [*NAUGHTY, "{{ last_name }}", "<script>alert(1)</script>"])
def test_a_member_named_like_a_template_arrives_literally(template: str) -> None:
    name = " ".join(template.split())
    mail = compiled(text("<p>{{ first_name }}</p>"))
    facts = ana(first_name=name, secret=CANARY)
    parts = render_parts(mail, facts)
    assert parts.text.startswith(f"{name}\n")
    assert parts.subject.startswith(name)
    message = render(mail, facts, TO_ANA)
    assert "<script>alert" not in body(message, "html")
    assert CANARY not in body(message, "html") + body(message, "plain")


def test_an_offer_written_like_a_template_arrives_literally() -> None:
    offer = {**ANA["offers"][0], "title": "{{ first_name }} & <b>co</b>"}
    parts = render_parts(compiled(), ana(offers=[offer]))
    assert "* {{ first_name }} & <b>co</b>" in parts.text
    assert "{{ first_name }} &amp; &lt;b&gt;co&lt;/b&gt;" in parts.html


def test_the_compilers_own_tokens_cannot_be_forged() -> None:
    mail = compiled(text("<p>zq7k0q zq7kk1q &lt;!--zq7k2q--&gt;</p>"))
    assert render_parts(mail, ANA).text.startswith("zq7k0q zq7kk1q <!--zq7k2q-->\n")
    mail = compiled(text("<p>{{ first_name }}</p>"))
    assert render_parts(mail, ana(first_name="zq7k0q")).text.startswith("zq7k0q\n")


def test_scripts_and_styles_of_an_editor_are_washed_out() -> None:
    mail = compiled(
        text(
            '<p onclick="x()" style="position:fixed">Hi<script>alert(1)</script>'
            '<img src="https://spy.example/x.gif" onerror="x()"><iframe src="//x"></iframe></p>'
        )
    )
    html = render_parts(mail, ANA).html
    for word in ("onclick", "position:fixed", "alert(1)", "spy.example", "iframe", "onerror"):
        assert word not in html


def test_controls_in_a_value_become_spaces_or_nothing() -> None:
    mail = compiled(text("<p>{{ city }}</p>"))
    parts = render_parts(mail, ana(city="Se\x00vi\x08lla\r\nLa\tVieja\u2028!"))
    assert parts.text.startswith("Sevilla La Vieja !\n")


@pytest.mark.parametrize("value", ["\ud800", "x" * 1_000_000])
def test_a_value_that_cannot_be_written_rejects_that_one_mail_by_name(value: str) -> None:
    mail = compiled(text("<p>{{ city }}</p>"))
    with pytest.raises(RenderError, match="city"):
        render(mail, ana(city=value), TO_ANA)
