"""Links: where they may lead, and how clicks are counted only with consent."""

import pytest

from campaigns.composition.compiling import CompositionError
from campaigns.composition.rendering import RenderError, render_parts
from tests.campaigns.composition.mails import ANA, SITE, ana, compiled, text

BUTTON = {"type": "button", "value": {"label": "Go", "url": "https://example.com/go?a=1&b=2"}}


def button(url: str) -> dict[str, object]:
    return {"type": "button", "value": {"label": "Go", "url": url}}


def test_a_tracked_mail_carries_tokens_and_never_a_destination() -> None:
    mail = compiled(BUTTON)
    parts = render_parts(mail, ANA)
    assert [(link.position, link.url, link.label) for link in mail.links] == [
        (0, "https://example.com/go?a=1&b=2", "Go")
    ]
    assert ANA["links"][0] in parts.html
    assert ANA["links"][0] in parts.text
    assert ANA["url"]["pixel"] in parts.html
    assert "example.com/go" not in parts.html + parts.text


def test_without_consent_links_are_direct_and_there_is_no_pixel() -> None:
    mail = compiled(BUTTON, tracked=False)
    parts = render_parts(mail, ana(links=[]))
    assert 'href="https://example.com/go?a=1&amp;b=2"' in parts.html
    assert "https://example.com/go?a=1&b=2" in parts.text
    assert ANA["url"]["pixel"] not in parts.html
    assert "/c/" not in parts.html + parts.text


def test_a_service_mail_is_never_tracked() -> None:
    mail = compiled(BUTTON, kind="service", tracked=True)
    assert not mail.tracked
    assert "pixel" not in render_parts(mail, ANA).html


def test_links_in_running_text_are_counted_too() -> None:
    mail = compiled(text('<p>See <a href="https://example.com/x">the <b>new</b> ones</a>.</p>'))
    assert [(link.url, link.label) for link in mail.links] == [
        ("https://example.com/x", "the new ones")
    ]
    assert f"See the new ones <{ANA['links'][0]}>." in render_parts(mail, ANA).text


def test_a_path_leads_to_the_clubs_own_site() -> None:
    assert compiled(button("/offers/")).links[0].url == f"{SITE}/offers/"


@pytest.mark.parametrize("page", ["preferences", "unsubscribe", "view"])
def test_a_members_own_page_is_a_tag(page: str) -> None:
    mail = compiled(button("{{ " + page + "_url }}"))
    assert not mail.links
    assert f"Go: {ANA['url'][page]}" in render_parts(mail, ANA).text


@pytest.mark.parametrize("url", ["mailto:hola@laesquina.example", "tel:+34954000000"])
def test_mailboxes_and_telephones_are_not_counted(url: str) -> None:
    mail = compiled(button(url))
    assert not mail.links
    assert url in render_parts(mail, ANA).html


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "\\\\evil.example",
        "/\\evil.example",
        "https://",
        "https:///x",
        "https://user@evil.example/",
        "https://example.com:port/",
        "example.com",
        "ftp://example.com/",
        "https://example.com/a b",
        "https://example.com/a\nb",
        'https://example.com/"onclick=',
        "https://example.com/?name={{ first_name }}",
        "{{ password_url }}",
        "",
    ],
)
def test_a_bad_destination_is_named_before_anyone_gets_it(url: str) -> None:
    with pytest.raises(CompositionError):
        compiled(button(url))


def test_a_missing_tracking_link_rejects_that_one_mail() -> None:
    with pytest.raises(RenderError, match="link 0"):
        render_parts(compiled(BUTTON), ana(links=[]))
