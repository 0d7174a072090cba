"""What marketers and approvers see and do in the staff site."""

import pytest
from django.test import Client

from campaigns import approval, lifecycle
from campaigns.models import Campaign, ContentEdit, Segment
from campaigns.staff.urls import edit_url, move_url, overview_url, preview_url
from profiles.models import Member
from tests import cast
from tests.campaigns.staff.pages import signed_in, text, words
from tests.cast import Club


@pytest.fixture
def campaign(club: Club) -> Campaign:
    """A campaign to all of the cast."""
    cast.everyone(club)
    return cast.campaign(club, cast.offer(club))


def test_the_overview_says_who_would_get_it_and_what_is_next(
    club: Club, campaign: Campaign
) -> None:
    page = text(club.marketer, overview_url(campaign))
    assert "Finish it and submit it for approval." in page
    assert "Would get it" in page
    assert "Nothing stands in the way." in page


def test_what_stands_in_the_way_is_named(club: Club, campaign: Campaign) -> None:
    mail = campaign.emails.get(language="en")
    mail.body = [{"type": "text", "value": "<p>Hello {{ nonsense }}</p>"}]
    mail.save()
    assert "nonsense" in text(club.marketer, overview_url(campaign))


def test_an_unapproved_campaign_cannot_be_scheduled(club: Club, campaign: Campaign) -> None:
    signed_in(club.marketer).post(move_url(campaign, "schedule"), {"send_at": "2030-01-01 08:00"})
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DRAFT


def test_scheduling_asks_first_and_names_how_many(club: Club, campaign: Campaign) -> None:
    approval.approve(campaign, club.approver)
    client = signed_in(club.marketer)
    assert "3 members get the mail" in words(client.get(move_url(campaign, "schedule")))
    client.post(move_url(campaign, "schedule"), {"send_at": "2030-01-01 08:00"})
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.SCHEDULED


def test_cancelling_names_what_it_does_to_how_many(club: Club, campaign: Campaign) -> None:
    sending = lifecycle.start(cast.approved(club, campaign))
    client = signed_in(club.marketer)
    page = words(client.get(move_url(sending, "cancel")))
    assert "3 members will never get this mail." in page
    assert "cannot be undone" in page
    sending.refresh_from_db()
    assert sending.state == Campaign.State.SENDING
    client.post(move_url(sending, "cancel"))
    sending.refresh_from_db()
    assert sending.state == Campaign.State.CANCELLED


@pytest.mark.parametrize(("move", "state"), [("pause", "paused"), ("cancel", "cancelled")])
def test_an_approver_cannot_move_a_campaign(
    club: Club, campaign: Campaign, move: str, state: str
) -> None:
    sending = lifecycle.start(cast.approved(club, campaign))
    signed_in(club.approver).post(move_url(sending, move))
    sending.refresh_from_db()
    assert sending.state == Campaign.State.SENDING != state


def test_a_campaign_that_has_started_is_not_edited(club: Club, campaign: Campaign) -> None:
    sending = lifecycle.start(cast.approved(club, campaign))
    assert signed_in(club.marketer).get(edit_url(sending)).url == overview_url(sending)  # type: ignore[attr-defined]


def test_the_preview_is_the_mail_that_a_member_would_get(club: Club, campaign: Campaign) -> None:
    ana = Member.objects.get(first_name="Ana")
    client = signed_in(club.approver)
    page = words(client.get(f"{preview_url(campaign)}?member={ana.pk}"))
    assert "Esta semana" in page
    assert "sandbox" in page
    html = client.get(f"{preview_url(campaign)}{ana.pk}/")
    assert "Manchego" in html.content.decode()
    assert html["X-Frame-Options"] == "SAMEORIGIN"


def test_a_mail_that_cannot_be_made_is_explained(club: Club, campaign: Campaign) -> None:
    campaign.emails.update(subject="{{ nonsense }}")
    page = text(club.marketer, preview_url(campaign))
    assert "nonsense" in page
    assert "help-critical" in page


def test_the_front_page_shows_what_is_under_way(club: Club, campaign: Campaign) -> None:
    lifecycle.start(cast.approved(club, campaign))
    page = text(club.marketer, "/staff/")
    assert "Under way" in page
    assert "3 to go." in page


def test_saving_a_segment_is_a_hand_in_its_campaigns(club: Club, campaign: Campaign) -> None:
    segment = Segment.objects.create(brand=club.brand, name="Cheese")
    Campaign.objects.filter(pk=campaign.pk).update(segment=segment)
    response = signed_in(club.marketer).post(
        f"/staff/snippets/campaigns/segment/edit/{segment.pk}/",
        {"name": "Cheese", "brand": club.brand.pk, "match": "any", "rules-count": 0},
    )
    assert response.status_code == 302
    assert ContentEdit.objects.filter(campaign=campaign, editor=club.marketer).exists()


def test_the_live_count_counts_the_rows_in_the_editor(club: Club, campaign: Campaign) -> None:
    rows = {
        "brand": club.brand.pk,
        "match": "all",
        "rules-count": 1,
        "rules-0-type": "language",
        "rules-0-order": 0,
        "rules-0-deleted": "",
        "rules-0-id": "",
        "rules-0-value-operator": "is",
        "rules-0-value-language": "es",
    }
    page = words(signed_in(club.marketer).post("/staff/campaigns/count/", rows))
    assert "of 7 members" in page
    assert "reads Español" in page
    assert "Ana Ruiz" in page


def test_the_live_count_names_an_unfinished_row(club: Club) -> None:
    rows = {"brand": club.brand.pk, "rules-count": 1, "rules-0-type": "purchase"}
    rows |= {"rules-0-order": 0, "rules-0-deleted": "", "rules-0-value-days": "many"}
    page = words(signed_in(club.marketer).post("/staff/campaigns/count/", rows))
    assert "A row is not complete yet." in page


@pytest.mark.parametrize(
    "path",
    [
        "snippets/campaigns/campaign/",
        "snippets/campaigns/campaign/add/",
        "snippets/campaigns/segment/",
        "snippets/campaigns/segment/add/",
        "snippets/loyalty/offer/",
        "snippets/loyalty/offer/add/",
        "topic/",
        "topic/new/",
        "question/",
        "question/new/",
        "questiongroup/",
        "memberlist/",
        "memberlist/new/",
        "members/",
    ],
)
def test_every_screen_of_a_marketer_opens(club: Club, campaign: Campaign, path: str) -> None:
    assert signed_in(club.marketer).get(f"/staff/{path}").status_code == 200


def test_the_editor_opens_with_its_mail_in_both_languages(club: Club, campaign: Campaign) -> None:
    page = text(club.marketer, edit_url(campaign))
    assert "Esta semana" in page
    assert "This week" in page


def test_strangers_see_nothing(campaign: Campaign) -> None:
    for url in (overview_url(campaign), preview_url(campaign), move_url(campaign, "cancel")):
        assert Client().get(url).status_code == 302


def test_the_preview_promises_the_offer_without_giving_a_code_away(
    club: Club, campaign: Campaign
) -> None:
    gloria = Member.objects.get(first_name="Gloria")
    client = signed_in(club.marketer)
    before = client.get(f"{preview_url(campaign)}{gloria.pk}/").content.decode()
    sending = lifecycle.start(cast.approved(club, campaign))
    after = client.get(f"{preview_url(sending)}{gloria.pk}/").content.decode()
    for html in (before, after):
        assert "2 € off Manchego" in html
        assert "XXXX-XXXX-XXXX-XXXX" in html
