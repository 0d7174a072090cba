"""Submitting and approving in the editor itself."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group

from campaigns import approval, staff_roles
from campaigns.models import Campaign
from profiles.models import User
from tests.campaigns.staff import editor
from tests.cast import Club

pytestmark = pytest.mark.usefixtures("everyone")
SUBMIT = {"action-submit": "1"}
APPROVE = {
    "action-workflow-action": "true",
    "workflow-action-name": "approve",
    "workflow-action-extra-data": json.dumps({}),
}
REJECT = {**APPROVE, "workflow-action-name": "reject"}


@pytest.fixture
def campaign(club: Club) -> Campaign:
    """A campaign that Marta has written and submitted."""
    made = editor.draft(club)
    _post(club.marketer, made, SUBMIT)
    return _again(made)


def _post(user: User, campaign: Campaign, action: dict[str, str], **changes: Any) -> None:
    answer = editor.post(user, campaign, **action, **changes)
    assert answer.status_code == 302, _problems(answer)


def _problems(answer: Any) -> Any:
    form = answer.context["form"]
    return [form.errors, *(formset.errors for formset in form.formsets.values())]


def _again(campaign: Campaign) -> Campaign:
    fresh: Campaign = Campaign.objects.get(pk=campaign.pk)
    return fresh


def test_marta_submits_and_pablo_approves(club: Club, campaign: Campaign) -> None:
    assert campaign.workflow_in_progress
    _post(club.approver, campaign, APPROVE)
    current = approval.current(_again(campaign))
    assert current is not None
    assert current.approver == club.approver
    assert _again(campaign).emails.get().subject == "This week"


def test_who_changes_it_while_approving_has_not_approved(club: Club, campaign: Campaign) -> None:
    _post(club.approver, campaign, APPROVE, holdout_percent=20)
    assert approval.current(_again(campaign)) is None
    assert _again(campaign).workflow_in_progress


def test_asking_for_changes_makes_nobody_an_editor(club: Club, campaign: Campaign) -> None:
    _post(club.approver, campaign, REJECT)
    assert approval.may_approve(_again(campaign), club.approver)
    assert not approval.may_approve(_again(campaign), club.marketer)


def test_the_author_who_is_also_an_approver_does_not_approve(
    club: Club, campaign: Campaign
) -> None:
    club.marketer.groups.add(Group.objects.get(name=staff_roles.APPROVERS))
    _post(User.objects.get(pk=club.marketer.pk), campaign, APPROVE)
    assert approval.current(_again(campaign)) is None


def test_a_broken_mail_is_not_submitted(club: Club) -> None:
    made = editor.draft(club)
    _post(club.marketer, made, {**SUBMIT, "emails-0-subject": "Hello {{ nonsense }}"})
    assert not _again(made).workflow_in_progress
    assert "nonsense" in _again(made).get_latest_revision_as_object().emails.all()[0].subject
