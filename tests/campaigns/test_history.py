"""What a member's page says of their mails: each with what they did, and why they got it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from campaigns import feedback, history
from campaigns.feedback import Report
from campaigns.models import Campaign, Delivery, Segment
from profiles.models import Member
from profiles.timeline import TimelineItem
from tests import cast
from tests.cast import Club

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def gloria(club: Club) -> Member:
    """A plain regular."""
    return cast.gloria(club)


def _mail(campaign: Campaign, member: Member, **facts: Any) -> Delivery:
    sent = {"state": "accepted", "accepted_at": MONDAY, "business_at": MONDAY, "tracked": True}
    delivery: Delivery = Delivery.objects.create(
        campaign=campaign, member=member, **{**sent, **facts}
    )
    return delivery


def _respond(mail: Delivery, kind: str, days: int, **facts: Any) -> None:
    told: dict[str, Any] = {"source": "web", "actor": "human", "rule": "device", **facts}
    at = MONDAY + days * DAY
    feedback.record(
        Report(delivery_id=mail.pk, kind=kind, key=f"{mail.pk}:{kind}", occurred_at=at, **told)
    )


def _told(member: Member) -> list[TimelineItem]:
    return sorted(history.timeline_items(member), key=lambda item: item.at)


def test_a_mail_tells_what_the_member_did_with_it(club: Club, gloria: Member) -> None:
    mail = _mail(cast.campaign(club), gloria)
    _respond(mail, "opened", 1)
    _respond(mail, "clicked", 2, simulated=True)
    _respond(mail, "redeemed", 3)
    _respond(mail, "unsubscribed", 4)
    first, *answers = _told(gloria)
    assert (first.title, first.kind) == ("Week 47", "mail")
    for words in ("opened 17 Nov", "clicked 18 Nov", "redeemed 19 Nov", "unsubscribed 20 Nov"):
        assert words in first.detail
    assert [(item.kind, item.simulated) for item in answers] == [
        ("opened", False),
        ("clicked", True),
        ("unsubscribed", False),
    ], "loyalty tells of the redemption"
    assert answers[0].detail == "Human (device)"


@pytest.mark.parametrize(
    ("state", "words"), [("unknown", "Unknown"), ("rejected", "Rejected · no such mailbox")]
)
def test_a_mail_that_may_not_have_arrived_says_so(
    club: Club, gloria: Member, state: str, words: str
) -> None:
    reason = "no such mailbox" if state == "rejected" else ""
    _mail(cast.campaign(club), gloria, state=state, accepted_at=None, reason=reason)
    (item,) = _told(gloria)
    assert words in item.detail


@pytest.mark.parametrize("state", ["planned", "skipped", "held_out", "deferred"])
def test_a_mail_that_was_not_sent_is_no_part_of_the_history(
    club: Club, gloria: Member, state: str
) -> None:
    _mail(cast.campaign(club), gloria, state=state, accepted_at=None, reason="paused")
    assert _told(gloria) == []


def test_what_is_replayed_stands_at_its_own_time(club: Club, gloria: Member) -> None:
    campaign = cast.campaign(club, business_at=MONDAY)
    mail = _mail(campaign, gloria, accepted_at=MONDAY + 90 * DAY)
    _respond(mail, "opened", 1, source="replay")
    assert [(item.at, item.replayed) for item in _told(gloria)] == [
        (MONDAY, True),
        (MONDAY + DAY, True),
    ]


def test_one_member_is_told_nothing_of_another(club: Club, gloria: Member) -> None:
    mail = _mail(cast.campaign(club), cast.ana(club))
    _respond(mail, "opened", 1)
    assert _told(gloria) == []


def test_a_long_history_asks_no_more_questions(
    club: Club, gloria: Member, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        mail = _mail(cast.campaign(club, name=f"Week {number}"), gloria)
        _respond(mail, "opened", 1)
    with django_assert_num_queries(2):
        assert len(_told(gloria)) == 10


def test_the_member_page_counts_mails_and_answers(club: Club, gloria: Member) -> None:
    for number in range(2):
        _mail(cast.campaign(club, name=f"Week {number}"), gloria)
    _respond(Delivery.objects.earliest("pk"), "opened", 1)
    mails, redeemed = history.section(gloria).figures
    assert (mails.value, mails.note) == ("2", "1 opened, 0 clicked")
    assert (redeemed.value, redeemed.note) == ("0", "of 2 mails")


def test_the_member_page_does_not_call_silence_indifference(club: Club) -> None:
    bruno = cast.bruno(club)
    _mail(cast.campaign(club), bruno, tracked=False)
    mails, _redeemed = history.section(bruno).figures
    assert mails.note == "opens and clicks are not recorded"


def test_why_names_topic_and_segment(club: Club, gloria: Member) -> None:
    campaign = cast.campaign(club)
    mail = _mail(campaign, gloria)
    assert history.why(mail) == "It was sent to everyone who follows “Weekly offers”."
    campaign.segment = Segment.objects.create(brand=club.brand, name="Cheese lovers")
    mail.campaign = campaign
    assert history.why(mail).endswith("and is in the segment “Cheese lovers”.")


def test_why_says_that_a_service_message_is_one(club: Club, gloria: Member) -> None:
    recall = cast.campaign(club, name="Recall", kind="service", topic=None)
    assert history.why(_mail(recall, gloria)) == "It is a service message to members of the club."
