"""A campaign in the editor: written by the marketer, posted as a browser does."""

from typing import Any

from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from campaigns.models import Campaign, CampaignEmail
from campaigns.staff.urls import edit_url
from profiles.models import User
from tests.campaigns.staff.pages import signed_in
from tests.cast import Club

BUTTON = {"label": "To the shop", "url": "https://shop.example/", "style": "filled"}


def draft(club: Club) -> Campaign:
    """A campaign that has just been begun, with one empty mail."""
    made: Campaign = Campaign.objects.create(
        brand=club.brand, name="Week 47", topic=club.offers, holdout_percent=0, live=False
    )
    CampaignEmail.objects.create(campaign=made, language="en", subject="Start", body=[])
    return made


def post(user: User, campaign: Campaign, **changes: Any) -> Any:
    """Post the whole editor; ``changes`` replace its fields."""
    mail = {
        "id": campaign.emails.get().pk,
        "language": "en",
        "subject": "This week",
        "preheader": "Hello",
        "body": streamfield([("button", BUTTON)]),
        "ORDER": 1,
    }
    form = {
        "name": campaign.name,
        "brand": campaign.brand_id,
        "kind": campaign.kind,
        "topic": campaign.topic_id,
        "segment": "",
        "holdout_percent": 0,
        "group": "",
        "weekly_cap_applies": "on",
        "send_at": "",
        "emails": inline_formset([mail], initial=1),
        "campaign_offers": inline_formset([]),
    }
    fields = {**nested_form_data(form), "window_days": list("1234567"), **changes}
    return signed_in(user).post(edit_url(campaign), fields)
