"""What Anymail's SendGrid backend really posts."""

import json
from typing import Any

import pytest
from django.core import mail as sent_mail

from campaigns import dispatch
from campaigns.composition.filling import tidy
from campaigns.models import Delivery
from campaigns.transports import Outgoing
from campaigns.transports.esp import EspTransport
from campaigns.transports.esp_messages import SENDGRID, VALUES_PER_RECIPIENT
from profiles.models import Member
from tests import cast
from tests.campaigns import mails
from tests.campaigns.provider import Provider, addresses, custom_args
from tests.cast import Club

pytestmark = pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")
TEST_BACKEND = "anymail.backends.test.EmailBackend"


def _delivery_ids(body: dict[str, Any]) -> list[str]:
    return [told["delivery"] for told in custom_args(body)]


def _filled_in(text: str, personalization: dict[str, Any]) -> str:
    for token, value in personalization["substitutions"].items():
        text = text.replace(token, value)
    return text


def test_one_call_carries_everyone_with_their_own_values(
    provider: Provider, four: list[Outgoing]
) -> None:
    assert mails.outcomes(EspTransport(SENDGRID), four) == [("accepted", "")] * 4
    (call,) = provider.calls
    assert call["url"] == "https://api.sendgrid.com/v3/mail/send"
    body = call["body"]
    assert body["from"] == {"email": "hello@esquina.example", "name": "La Esquina"}
    for mail, personal in zip(four, body["personalizations"], strict=True):
        assert personal["to"] == [{"email": mail.recipient}]
        html = _filled_in(body["content"][1]["value"], personal)
        assert mail.envelope.to_name.split()[0] in html
        assert mail.facts["offers"][0]["code"] in html
        assert mail.facts["links"][0] in html
        assert mail.facts["url"]["pixel"] in html
        assert "-regulars_" not in html


def test_the_events_find_the_delivery_and_the_member_can_leave_with_one_click(
    provider: Provider, four: list[Outgoing]
) -> None:
    mails.outcomes(EspTransport(SENDGRID), four)
    (body,) = provider.bodies
    assert _delivery_ids(body) == [str(mail.delivery_id) for mail in four]
    for mail, personal in zip(four, body["personalizations"], strict=True):
        headers = personal["headers"]
        assert headers["List-Unsubscribe"] == f"<{mail.facts['url']['one_click']}>"
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert headers["Message-ID"] == mail.envelope.message_id
        assert headers["List-ID"].startswith("<offers.")


def test_the_providers_own_tracking_is_off(provider: Provider, four: list[Outgoing]) -> None:
    mails.outcomes(EspTransport(SENDGRID), four)
    mails.outcomes(EspTransport(SENDGRID), four[:1])
    for body in provider.bodies:
        tracking = body["tracking_settings"]
        assert tracking["open_tracking"]["enable"] is False
        assert tracking["click_tracking"]["enable"] is False
        assert tracking["subscription_tracking"]["enable"] is False


def test_a_single_mail_goes_out_filled_in(provider: Provider, four: list[Outgoing]) -> None:
    mails.outcomes(EspTransport(SENDGRID), four[:1])
    (body,) = provider.bodies
    assert "substitutions" not in body["personalizations"][0]
    assert four[0].facts["offers"][0]["code"] in body["content"][1]["value"]
    assert body["headers"]["List-Unsubscribe"] == f"<{four[0].facts['url']['one_click']}>"
    assert _delivery_ids(body) == [str(four[0].delivery_id)]


def test_each_language_is_one_call_however_they_alternate(provider: Provider, club: Club) -> None:
    for number in range(6):
        cast.member(club, f"M{number}", language="es" if number % 2 else "en")
    found = mails.outcomes(EspTransport(SENDGRID), mails.written(mails.started(club)))
    assert found == [("accepted", "")] * 6
    assert {body["subject"]: len(addresses(body)) for body in provider.bodies} == {
        "This week": 3,
        "Esta semana": 3,
    }


def test_a_sender_outside_ascii_and_a_reply_address_arrive_readable(
    provider: Provider, club: Club
) -> None:
    club.brand.sender_name, club.brand.reply_to = "Peñón, el café", "queso@esquina.example"
    club.brand.save()
    cast.gloria(club)
    mails.outcomes(EspTransport(SENDGRID), mails.written(mails.started(club)))
    (body,) = provider.bodies
    assert body["from"] == {"email": "hello@esquina.example", "name": "Peñón, el café"}
    assert body["reply_to_list"] == [{"email": "queso@esquina.example"}]


def test_a_name_that_looks_like_a_template_arrives_literally(
    provider: Provider, club: Club
) -> None:
    cast.member(club, "Gloria")
    person = cast.member(club, "Hugo")
    Member.objects.filter(pk=person.pk).update(first_name="{{ 7*7 }}<b>")
    mails.outcomes(EspTransport(SENDGRID), mails.written(mails.started(club)))
    (body,) = provider.bodies
    htmls = [
        _filled_in(body["content"][1]["value"], personal) for personal in body["personalizations"]
    ]
    assert any("{{ 7*7 }}&lt;b&gt;" in html for html in htmls)
    assert not any("<b>" in html for html in htmls)


def test_values_too_long_for_the_provider_are_filled_in_here(
    provider: Provider, club: Club
) -> None:
    for name in ("Gloria", "Hugo", "Irene"):
        cast.member(club, name)
    long = "x" * 3_900
    assert tidy(long) == long
    campaign = mails.started(club)
    written = mails.written(campaign)
    for offer in written[1].facts["offers"]:
        offer["description"] = long
        offer["title"] = long
    assert mails.outcomes(EspTransport(SENDGRID), written) == [("accepted", "")] * 3
    for body in provider.bodies:
        for personal in body["personalizations"]:
            size = len(json.dumps(personal.get("substitutions", {})))
            assert size < VALUES_PER_RECIPIENT + 1_000
    assert sorted(len(addresses(body)) for body in provider.bodies) == [1, 2]


def test_a_campaign_goes_out_through_the_provider(provider: Provider, club: Club) -> None:
    cast.everyone(club)
    campaign = mails.started(club)
    dispatch.drain(campaign.pk)
    accepted = campaign.deliveries.filter(state="accepted")
    assert {row.member.first_name for row in accepted} == {"Ana", "Bruno", "Gloria"}
    bruno = Delivery.objects.get(campaign=campaign, member__first_name="Bruno")
    (body,) = [body for body in provider.bodies if "bruno@example.com" in addresses(body)]
    assert _delivery_ids(body) == [str(bruno.pk)]
    assert "/c/" not in body["content"][1]["value"]
    assert "/o/" not in body["content"][1]["value"]


def test_a_backend_that_fills_in_nothing_gets_whole_mails(four: list[Outgoing]) -> None:
    sent_mail.outbox = []
    assert mails.outcomes(EspTransport(TEST_BACKEND), four) == [("accepted", "")] * 4
    for mail, message in zip(four, sent_mail.outbox, strict=True):
        params = message.anymail_test_params  # type: ignore[attr-defined]
        assert [to.addr_spec for to in params["to"]] == [mail.recipient]
        assert params["metadata"] == {"delivery": str(mail.delivery_id)}
        assert params["track_opens"] is False
        assert params["track_clicks"] is False
        assert mail.facts["offers"][0]["code"] in params["html_body"]
        assert params["extra_headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
