"""How each answer of the ESP, and its silence, is read."""

from typing import Any

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from campaigns import dispatch, lifecycle
from campaigns.models import Campaign
from campaigns.transports import Outgoing
from campaigns.transports.esp import EspTransport
from campaigns.transports.esp_messages import SENDGRID
from tests import cast
from tests.campaigns import mails
from tests.campaigns.provider import Provider, addresses
from tests.cast import Club

pytestmark = pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")
BAD_ADDRESS = {
    "errors": [
        {
            "message": "Does not contain a valid address.",
            "field": "personalizations.0.to.0.email",
            "help": None,
        }
    ]
}


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
