"""Headers: who, why and the way out, with nothing injected."""

from dataclasses import replace
from datetime import datetime

import pytest

from campaigns.composition import headers
from campaigns.composition.rendering import Envelope, RenderError, render
from tests.campaigns.composition.mails import ANA, SITE, TO_ANA, ana, compiled, parsed

MAIL = compiled()
SERVICE = compiled(kind="service")


def test_a_marketing_mail_carries_everything_a_mail_program_asks_for() -> None:
    message = parsed(render(MAIL, ANA, TO_ANA))
    assert message["From"] == "La Esquina <hola@laesquina.example>"
    assert message["Reply-To"] == "tienda@laesquina.example"
    assert message["To"] == "Ana García <ana@example.com>"
    assert message["Subject"] == "Ana, the tomatoes are back"
    assert message["Date"].datetime == TO_ANA.date
    assert message["Message-ID"] == "<7.abc@laesquina.example>"
    assert message["MIME-Version"] == "1.0"
    assert message["List-Id"] == "Weekly offers <weekly.laesquina.example>"
    assert message["Feedback-ID"] == "12:weekly:marketing:laesquina"
    assert message["X-Regulars-Delivery"] == "7"


def test_one_click_unsubscribe_follows_rfc_8058() -> None:
    message = parsed(render(MAIL, ANA, TO_ANA))
    assert message["List-Unsubscribe"].strip() == f"<{ANA['url']['one_click']}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_service_mail_has_no_way_out_of_what_is_owed() -> None:
    message = parsed(render(SERVICE, ANA, TO_ANA))
    assert message["List-Unsubscribe"] is None
    assert message["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize("bad", ["Ana\r\nBcc: all@example.com", "Ana\nX: y", "Ana\x00", "\ud800"])
def test_a_line_break_in_the_subject_rejects_that_one_mail(bad: str) -> None:
    with pytest.raises(RenderError):
        render(MAIL, ana(first_name=bad), TO_ANA)


@pytest.mark.parametrize(
    "envelope",
    [
        replace(TO_ANA, to_name="Ana\r\nBcc: all@example.com"),
        replace(TO_ANA, to_address="ana@example.com>\r\nBcc: <all@example.com"),
        replace(TO_ANA, to_address="ana@example.com> <all@example.com"),
        replace(TO_ANA, to_address="no address"),
        replace(TO_ANA, message_id="<a>\r\nX: y"),
        replace(TO_ANA, delivery_id="7\r\nX: y"),
    ],
    ids=["name", "address", "two addresses", "no address", "message id", "delivery"],
)
def test_nothing_is_injected_through_the_envelope(envelope: Envelope) -> None:
    with pytest.raises(RenderError):
        render(MAIL, ANA, envelope)


def test_a_refusal_does_not_repeat_the_members_value() -> None:
    with pytest.raises(RenderError) as refusal:
        render(MAIL, ana(first_name="Secret\nName"), TO_ANA)
    assert "Secret" not in str(refusal.value)


def test_an_international_domain_is_written_in_ascii() -> None:
    message = render(MAIL, ANA, replace(TO_ANA, to_address="ana@señal.example"))
    assert b"<ana@xn--seal-hqa.example>" in message


def test_a_long_subject_is_folded_and_read_back_whole() -> None:
    words = " ".join(["tomatoes"] * 40)
    message = render(compiled(subject=words), ANA, TO_ANA)
    assert parsed(message)["Subject"] == words


def test_a_date_without_a_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="zone"):
        headers.moment(datetime(2026, 11, 23, 9))  # noqa: DTZ001


def test_a_mail_without_its_unsubscribe_address_is_not_sent() -> None:
    facts = ana(url=dict.fromkeys(("preferences", "view", "pixel"), f"{SITE}/x/"))
    with pytest.raises(RenderError, match="Unsubscribe"):
        render(MAIL, facts, TO_ANA)
