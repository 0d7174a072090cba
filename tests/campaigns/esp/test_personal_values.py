"""Fifteen hundred mails in two calls: everyone gets exactly the mail that was written for them."""

from dataclasses import replace
from typing import Any

import pytest

from campaigns import lifecycle
from campaigns.composition.rendering import render_parts
from campaigns.models import Campaign
from campaigns.transports import Outgoing
from campaigns.transports.esp import EspTransport
from tests import cast
from tests.campaigns import mails
from tests.cast import Club
from tests.esp_simulator.running import SENDGRID, EspSimulator

pytestmark = pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")
MANY = 1_500
NAMES = ("Ana", "Peñón", "{{ 7*7 }}", "<b>&amp;", "-regulars_h0-", "$1 \\1", "李", "O'Neil")


@pytest.fixture
def many(club: Club) -> list[Outgoing]:
    """As if that many members had a mail in one batch."""
    cast.gloria(club)
    (mail,) = mails.written(mails.started(club))
    return [_for(mail, number) for number in range(1, MANY + 1)]


def _for(mail: Outgoing, number: int) -> Outgoing:
    name = f"{NAMES[number % len(NAMES)]} {number}"
    url = {**mail.facts["url"], "one_click": f"https://club.example/unsubscribe/{number}/"}
    links = [f"{link}{number}/" for link in mail.facts["links"]]
    member = {**mail.facts["member"], "first_name": name}
    return replace(
        mail,
        delivery_id=number,
        recipient=f"m{number}@example.com",
        # Calls are divided by the size of the mails, too: here only numbers shall count.
        message=b"",
        facts={**mail.facts, "member": member, "url": url, "links": links},
        envelope=replace(mail.envelope, message_id=f"<{number}.1@esquina.example>"),
    )


def test_two_calls_carry_everyone(esp: EspSimulator, many: list[Outgoing]) -> None:
    assert mails.outcomes(EspTransport(SENDGRID), many) == [("accepted", "")] * MANY
    assert [len(call["deliveries"]) for call in esp.calls()] == [1_000, 500]
    assert esp.acceptances() == {f"{mail.delivery_id}.1": 1 for mail in many}


def test_everyone_reads_exactly_what_was_written_for_them(
    esp: EspSimulator, many: list[Outgoing]
) -> None:
    mails.outcomes(EspTransport(SENDGRID), many)
    arrived = {one["delivery"]: one for one in esp.accepted()}
    for mail in many:
        letter: dict[str, Any] = arrived[str(mail.delivery_id)]
        written = render_parts(mail.compiled, mail.facts)
        assert letter["to"] == mail.recipient
        assert letter["mail"]["subject"] == written.subject
        assert letter["mail"]["content"]["text/plain"] == written.text
        assert letter["mail"]["content"]["text/html"] == written.html
        assert letter["mail"]["from"] == {"email": "hello@esquina.example", "name": "La Esquina"}


def test_everyone_can_leave_by_a_link_of_their_own(esp: EspSimulator, many: list[Outgoing]) -> None:
    mails.outcomes(EspTransport(SENDGRID), many)
    for one in esp.accepted():
        number = one["delivery"]
        unsubscribe = f"<https://club.example/unsubscribe/{number}/>"
        assert one["headers"]["List-Unsubscribe"] == unsubscribe
        assert one["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert one["headers"]["Message-ID"] == f"<{number}.1@esquina.example>"


def test_more_values_than_the_provider_takes_are_filled_in_here(
    esp: EspSimulator, club: Club
) -> None:
    cast.gloria(club)
    cast.member(club, "Hugo")
    campaign = cast.campaign(club)
    tags = " ".join(f'{{{{ first_name|default("{number}") }}}}' for number in range(80))
    campaign.emails.update(body=[{"type": "text", "value": f"<p>{tags}</p>"}])
    campaign = Campaign.objects.get(pk=campaign.pk)
    both = mails.written(lifecycle.start(cast.approved(club, campaign)))
    assert mails.outcomes(EspTransport(SENDGRID), both) == [("accepted", "")] * 2
    assert [call["answer"] for call in esp.calls()] == ["202", "202"]
