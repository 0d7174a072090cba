"""An ESP's calls: on record before they are made, and none when there is no time or no record."""

import time
from typing import Any

import pytest

from campaigns import dispatch, recovery
from campaigns.journal import JournalError, opened
from campaigns.transports import Outgoing
from campaigns.transports.esp import EspTransport
from campaigns.transports.esp_messages import SENDGRID
from profiles.models import Member
from tests.campaigns import mails
from tests.campaigns.provider import Provider, addresses, sendgrid
from tests.cast import Club

pytestmark = pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Provider:
    """SendGrid, as far as the network is concerned."""
    return sendgrid(monkeypatch, settings)


def test_all_recipients_of_a_call_are_on_record_before_it(
    provider: Provider, three: list[Outgoing]
) -> None:
    with opened() as journal, EspTransport(SENDGRID) as transport:
        journal.open_batch()
        provider.answer = lambda _body: (503, journal.path and journal.path.read_text())
        told = list(transport.send(three, mails.soon(), journal))
        journal.close_batch()
    begun = "B " + " ".join(str(mail.delivery_id) for mail in three)
    assert all(begun in outcome.detail for outcome in told)


def test_what_the_journal_cannot_hold_is_not_posted(
    provider: Provider, three: list[Outgoing], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_ids: object) -> None:
        raise JournalError("full")

    with opened() as journal, EspTransport(SENDGRID) as transport:
        monkeypatch.setattr(journal, "begin", full)
        with pytest.raises(JournalError):
            list(transport.send(three, mails.soon(), journal))
    assert provider.calls == []


def test_after_the_deadline_nothing_more_is_posted(provider: Provider, club: Club) -> None:
    Member.objects.filter(first_name="Hugo").update(language="es")
    written = mails.written(mails.started(club))

    def slow(_body: dict[str, Any]) -> tuple[int, Any]:
        time.sleep(0.4)
        return 202, ""

    provider.answer = slow
    with opened() as journal, EspTransport(SENDGRID) as transport:
        assert list(transport.send(written, time.monotonic(), journal)) == []
        told = list(transport.send(written, time.monotonic() + 0.3, journal))
    assert len(provider.calls) == 1
    assert [outcome.state for outcome in told] == ["accepted"] * len(addresses(provider.bodies[0]))
    assert len(told) < 3, "the other language's call was not made"


def test_who_dies_in_a_call_leaves_its_recipients_unknown_and_no_others(
    provider: Provider, club: Club
) -> None:
    Member.objects.filter(first_name="Hugo").update(language="es")
    campaign = mails.started(club)

    def die(body: dict[str, Any]) -> tuple[int, Any]:
        if "hugo@example.com" in addresses(body):
            raise KeyboardInterrupt
        return 202, ""

    provider.answer = die
    with pytest.raises(KeyboardInterrupt):
        dispatch.drain(campaign.pk)
    recovery.replay()
    told = dict(campaign.deliveries.values_list("member__first_name", "state"))
    assert told.pop("Hugo") == "unknown"
    assert set(told.values()) in ({"accepted"}, {"planned"}), "that call came before, or never"
