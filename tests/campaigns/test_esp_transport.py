"""The ESP: what Anymail's SendGrid backend really posts, and how each answer is read."""

import json
from typing import Any

import pytest
import requests
from django.core import mail as sent_mail
from urllib3.exceptions import MaxRetryError, NewConnectionError

from campaigns import dispatch, lifecycle
from campaigns.composition.filling import tidy
from campaigns.models import Campaign, Delivery
from campaigns.transports import Outgoing
from campaigns.transports.esp import EspTransport
from campaigns.transports.esp_messages import SENDGRID, VALUES_PER_RECIPIENT
from profiles.models import Member
from tests import cast
from tests.campaigns import mails
from tests.campaigns.provider import Provider, addresses, delivery_ids, filled_in, sendgrid
from tests.cast import Club

pytestmark = pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")
TEST_BACKEND = "anymail.backends.test.EmailBackend"
BAD_ADDRESS = {
    "errors": [
        {
            "message": "Does not contain a valid address.",
            "field": "personalizations.0.to.0.email",
            "help": None,
        }
    ]
}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Provider:
    """SendGrid, as far as the network is concerned."""
    return sendgrid(monkeypatch, settings)


@pytest.fixture
def four(club: Club) -> list[Outgoing]:
    """Four mails in one language, all tracked."""
    for name in ("Gloria", "Hugo", "Irene", "Jaime"):
        cast.member(club, name)
    return mails.written(mails.started(club))


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
        html = filled_in(body["content"][1]["value"], personal)
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
    assert delivery_ids(body) == [str(mail.delivery_id) for mail in four]
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


def test_a_single_mail_goes_outfilled_in(provider: Provider, four: list[Outgoing]) -> None:
    mails.outcomes(EspTransport(SENDGRID), four[:1])
    (body,) = provider.bodies
    assert "substitutions" not in body["personalizations"][0]
    assert four[0].facts["offers"][0]["code"] in body["content"][1]["value"]
    assert body["headers"]["List-Unsubscribe"] == f"<{four[0].facts['url']['one_click']}>"
    assert delivery_ids(body) == [str(four[0].delivery_id)]


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
        filled_in(body["content"][1]["value"], personal) for personal in body["personalizations"]
    ]
    assert any("{{ 7*7 }}&lt;b&gt;" in html for html in htmls)
    assert not any("<b>" in html for html in htmls)


def test_values_too_long_for_the_provider_arefilled_in_here(
    provider: Provider, club: Club, monkeypatch: pytest.MonkeyPatch
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


def test_one_address_that_the_provider_dislikes_costs_only_that_mail(
    provider: Provider, four: list[Outgoing]
) -> None:
    bad = four[2].recipient
    provider.answer = lambda body: (400, BAD_ADDRESS) if bad in addresses(body) else (202, "")
    assert mails.outcomes(EspTransport(SENDGRID), four) == [
        ("accepted", ""),
        ("accepted", ""),
        ("rejected", "refused"),
        ("accepted", ""),
    ]
    taken = [
        address
        for body in provider.bodies
        if bad not in addresses(body)
        for address in addresses(body)
    ]
    assert sorted(taken) == sorted(mail.recipient for mail in four if mail.recipient != bad)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (429, ("deferred", "refused_for_now")),
        (503, ("deferred", "refused_for_now")),
        (500, ("unknown", "no_answer")),
        (504, ("unknown", "no_answer")),
        (401, ("deferred", "key_refused")),
        (403, ("deferred", "key_refused")),
    ],
)
def test_an_answer_counts_for_everyone_in_the_call(
    provider: Provider, four: list[Outgoing], status: int, expected: tuple[str, str]
) -> None:
    provider.answer = lambda _body: (status, {"errors": [{"message": "no"}]})
    assert mails.outcomes(EspTransport(SENDGRID), four) == [expected] * 4
    assert len(provider.calls) == 1


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (requests.ReadTimeout("slow"), ("unknown", "no_answer")),
        (requests.ConnectionError("Connection aborted."), ("unknown", "no_answer")),
        (requests.ConnectTimeout("nobody"), ("deferred", "server_away")),
        (
            requests.ConnectionError(
                MaxRetryError(None, "/v3/mail/send", NewConnectionError(None, "refused"))  # type: ignore[arg-type]
            ),
            ("deferred", "server_away"),
        ),
    ],
)
def test_silence_is_unknown_unless_nothing_can_have_left(
    provider: Provider, four: list[Outgoing], error: Exception, expected: tuple[str, str]
) -> None:
    def silent(_body: dict[str, Any]) -> tuple[int, Any]:
        raise error

    provider.answer = silent
    assert mails.outcomes(EspTransport(SENDGRID), four) == [expected] * 4


def test_a_refused_key_costs_nobody_their_mail(provider: Provider, club: Club) -> None:
    cast.everyone(club)
    campaign = mails.started(club)
    provider.answer = lambda _body: (401, {"errors": [{"message": "bad key"}]})
    dispatch.drain(campaign.pk)
    shown = Campaign.objects.get(pk=campaign.pk).state_reason
    assert shown == "The mail provider refuses the key or the account."
    states = lifecycle.progress(campaign)
    assert states.get("rejected", 0) == states.get("accepted", 0) == 0
    assert states.get("planned", 0) + states.get("deferred", 0) == 3


def test_a_campaign_goes_out_through_the_provider(provider: Provider, club: Club) -> None:
    cast.everyone(club)
    campaign = mails.started(club)
    dispatch.drain(campaign.pk)
    accepted = campaign.deliveries.filter(state="accepted")
    assert {row.member.first_name for row in accepted} == {"Ana", "Bruno", "Gloria"}
    bruno = Delivery.objects.get(campaign=campaign, member__first_name="Bruno")
    (body,) = [body for body in provider.bodies if "bruno@example.com" in addresses(body)]
    assert delivery_ids(body) == [str(bruno.pk)]
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
