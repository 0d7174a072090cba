"""Mails of unknown fate in the staff site: the list, the decisions, and who may make them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from campaigns import lifecycle
from campaigns.models import Campaign, Delivery, UnknownDecision
from campaigns.staff.urls import decide_url, overview_url, unknowns_url
from profiles.models import User
from tests import cast
from tests.campaigns.staff.pages import signed_in, text, words
from tests.campaigns.walking import walk
from tests.cast import Club

WHY = "The provider's log shows that they never arrived."


@pytest.fixture
def campaign(club: Club) -> Campaign:
    """A campaign whose mails to Ana and Gloria are of unknown fate, and Bruno's stranded."""
    for make in (cast.ana, cast.bruno, cast.gloria):
        make(club)
    started = lifecycle.start(cast.approved(club, cast.campaign(club, cast.offer(club))))
    lost = started.deliveries.filter(member__first_name__in=["Ana", "Gloria"])
    walk(lost, "unknown", reason="worker_lost")
    walk(
        started.deliveries.filter(member__first_name="Bruno"),
        "handing_off",
        claim_token="elsewhere.1",
        lease_until=timezone.now() - timedelta(hours=1),
    )
    return started


def _decide(user: User, campaign: Campaign, decision: str, number: int, **more: Any) -> Any:
    data = {"decision": decision, "number": number, "why": WHY, **more}
    return signed_in(user).post(decide_url(campaign), data)


def _states(campaign: Campaign) -> dict[str, str]:
    rows = campaign.deliveries.values_list("member__first_name", "state")
    return dict(rows)


def test_the_overview_leads_to_them_with_their_number(club: Club, campaign: Campaign) -> None:
    page = text(club.marketer, overview_url(campaign))
    assert "Of 2 mails nobody knows whether they arrived." in page
    assert "One mail is in the hands of a worker that does not answer." in page
    assert unknowns_url(campaign) in page


def test_the_list_says_who_and_what_is_known(club: Club, campaign: Campaign) -> None:
    page = text(club.marketer, unknowns_url(campaign))
    assert "2 wait for a decision" in page
    assert "ana@example.com" in page
    assert "The sending process ended while this mail was being handed over." in page
    assert "bruno@example.com" not in page


def test_asking_changes_nothing_and_names_what_happens_to_how_many(
    club: Club, campaign: Campaign
) -> None:
    page = text(club.marketer, f"{decide_url(campaign)}?decision=send_again&all=1")
    assert "2 mails will be sent once more." in page
    assert "gets it twice" in page
    assert not UnknownDecision.objects.exists()
    assert _states(campaign)["Ana"] == "unknown"


def test_the_chosen_ones_are_sent_again_and_it_stays_on_record(
    club: Club, campaign: Campaign
) -> None:
    ana = campaign.deliveries.get(member__first_name="Ana")
    _decide(club.marketer, campaign, "send_again", 1, delivery=[ana.pk])
    assert _states(campaign)["Ana"] == "planned"
    assert _states(campaign)["Gloria"] == "unknown"
    decision = UnknownDecision.objects.get()
    assert (decision.deliveries, decision.why) == (1, WHY)
    assert decision.decided_by == club.marketer
    assert WHY.replace("'", "&#x27;") in text(club.marketer, unknowns_url(campaign))


def test_all_are_left_as_they_are(club: Club, campaign: Campaign) -> None:
    _decide(club.marketer, campaign, "leave", 2, all="1")
    assert _states(campaign)["Ana"] == "unknown"
    page = text(club.marketer, unknowns_url(campaign))
    assert "Nothing is open" in page


def test_a_stranded_worker_is_declared_lost(club: Club, campaign: Campaign) -> None:
    _decide(club.marketer, campaign, "declare_lost", 1)
    assert _states(campaign)["Bruno"] == "unknown"


def test_nothing_happens_without_a_reason(club: Club, campaign: Campaign) -> None:
    answer = _decide(club.marketer, campaign, "send_again", 2, all="1", why=" ")
    assert "This field is required." in words(answer)
    assert not UnknownDecision.objects.exists()


def test_another_number_than_was_shown_is_asked_again(club: Club, campaign: Campaign) -> None:
    answer = _decide(club.marketer, campaign, "send_again", 5, all="1")
    assert "another number" in words(answer)
    assert not UnknownDecision.objects.exists()


def test_mails_of_another_campaign_are_not_touched(club: Club, campaign: Campaign) -> None:
    other = cast.campaign(club, name="Week 48")
    ana = campaign.deliveries.get(member__first_name="Ana")
    _decide(club.marketer, other, "send_again", 1, delivery=[ana.pk])
    assert _states(campaign)["Ana"] == "unknown"


def test_of_a_cancelled_campaign_nothing_is_sent_again(club: Club, campaign: Campaign) -> None:
    lifecycle.cancel(campaign)
    page = text(club.marketer, unknowns_url(campaign))
    assert "nothing of it is sent again" in page
    assert _decide(club.marketer, campaign, "send_again", 2, all="1").status_code == 302
    assert _states(campaign)["Ana"] == "unknown"


def test_an_approver_may_look_but_not_decide(club: Club, campaign: Campaign) -> None:
    assert "Send again" not in text(club.approver, unknowns_url(campaign))
    _decide(club.approver, campaign, "send_again", 2, all="1")
    assert not UnknownDecision.objects.exists()
    assert Delivery.objects.filter(state="unknown").count() == 2


def test_strangers_see_nothing(campaign: Campaign) -> None:
    for url in (unknowns_url(campaign), decide_url(campaign)):
        assert Client().get(url).status_code == 302


def test_a_decision_nobody_knows_is_not_found(club: Club, campaign: Campaign) -> None:
    assert _decide(club.marketer, campaign, "forget", 2, all="1").status_code == 404
