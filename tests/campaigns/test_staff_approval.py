"""Submitting and approving in the editor itself."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from campaigns import approval, approval_workflow, staff_roles
from campaigns.models import Campaign, CampaignEmail
from campaigns.staff.urls import edit_url
from profiles.models import User
from tests import cast

BUTTON = {"label": "To the shop", "url": "https://shop.example/", "style": "filled"}
BODY = streamfield([("button", BUTTON)])


@pytest.fixture
def club(db: None) -> cast.Club:
    """The club, its people and its workflow."""
    club = cast.club()
    approval_workflow.ensure()
    club.marketer.groups.add(Group.objects.get(name=staff_roles.MARKETERS))
    club.approver.groups.add(Group.objects.get(name=staff_roles.APPROVERS))
    cast.everyone(club)
    return club


@pytest.fixture
def campaign(club: cast.Club) -> Campaign:
    """A campaign that Marta has written and submitted."""
    made = Campaign.objects.create(
        brand=club.brand, name="Week 47", topic=club.offers, holdout_percent=0, live=False
    )
    CampaignEmail.objects.create(campaign=made, language="en", subject="Start", body=[])
    _post(club.marketer, made, {"action-submit": "1"})
    return _again(made)


def _post(user: User, campaign: Campaign, action: dict[str, str], **changes: Any) -> None:
    """Post the whole editor, as a browser does."""
    mail = {"id": campaign.emails.get().pk, "language": "en", "subject": "This week", "body": BODY}
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
        "emails": inline_formset([{**mail, "preheader": "Hello", "ORDER": 1}], initial=1),
        "campaign_offers": inline_formset([]),
        **changes,
    }
    client = Client()
    client.force_login(user)
    response = client.post(
        edit_url(campaign), {**nested_form_data(form), "window_days": list("1234567"), **action}
    )
    assert response.status_code == 302, _problems(response)


def _again(campaign: Campaign) -> Campaign:
    fresh: Campaign = Campaign.objects.get(pk=campaign.pk)
    return fresh


APPROVE = {
    "action-workflow-action": "true",
    "workflow-action-name": "approve",
    "workflow-action-extra-data": json.dumps({}),
}
REJECT = {**APPROVE, "workflow-action-name": "reject"}


def test_marta_submits_and_pablo_approves(club: cast.Club, campaign: Campaign) -> None:
    assert campaign.workflow_in_progress
    _post(club.approver, campaign, APPROVE)
    current = approval.current(_again(campaign))
    assert current is not None
    assert current.approver == club.approver
    assert _again(campaign).emails.get().subject == "This week"


def test_who_changes_it_while_approving_has_not_approved(
    club: cast.Club, campaign: Campaign
) -> None:
    _post(club.approver, campaign, APPROVE, holdout_percent=20)
    assert approval.current(_again(campaign)) is None
    assert _again(campaign).workflow_in_progress


def test_asking_for_changes_makes_nobody_an_editor(club: cast.Club, campaign: Campaign) -> None:
    _post(club.approver, campaign, REJECT)
    assert approval.may_approve(_again(campaign), club.approver)
    assert not approval.may_approve(_again(campaign), club.marketer)


def test_the_author_who_is_also_an_approver_does_not_approve(
    club: cast.Club, campaign: Campaign
) -> None:
    club.marketer.groups.add(Group.objects.get(name=staff_roles.APPROVERS))
    _post(User.objects.get(pk=club.marketer.pk), campaign, APPROVE)
    assert approval.current(_again(campaign)) is None


def test_a_broken_mail_is_not_submitted(club: cast.Club) -> None:
    made = Campaign.objects.create(
        brand=club.brand, name="Week 48", topic=club.offers, holdout_percent=0, live=False
    )
    mail = CampaignEmail.objects.create(campaign=made, language="en", subject="Start", body=[])
    broken = {"id": mail.pk, "language": "en", "subject": "Hello {{ nonsense }}", "body": BODY}
    rows = inline_formset([{**broken, "preheader": "", "ORDER": 1}], initial=1)
    _post(club.marketer, made, {"action-submit": "1"}, emails=rows)
    assert not _again(made).workflow_in_progress
    assert "nonsense" in _again(made).get_latest_revision_as_object().emails.all()[0].subject


def _problems(response: Any) -> Any:
    form = response.context["form"]
    return [form.errors, *(formset.errors for formset in form.formsets.values())]
