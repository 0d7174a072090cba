"""Approval by someone else, bound to exactly what was approved."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from wagtail.models import TaskState

from campaigns import approval, approval_workflow, lifecycle
from campaigns.models import Approval, Campaign, FourEyesTask, Segment
from loyalty.models import Offer
from profiles.models import User
from tests import cast


@pytest.fixture
def club(db: None) -> cast.Club:
    """The club with its workflow; Pablo may approve."""
    club = cast.club()
    approval_workflow.ensure()
    club.marketer.groups.add(Group.objects.get(name="Marketers"))
    club.approver.groups.add(Group.objects.get(name="Approvers"))
    return club


@pytest.fixture
def campaign(club: cast.Club) -> Campaign:
    """A campaign that Marta wrote."""
    campaign = cast.campaign(club, cast.offer(club))
    approval.record_edit(campaign, club.marketer)
    return campaign


def _again(campaign: Campaign) -> Campaign:
    fresh: Campaign = Campaign.objects.get(pk=campaign.pk)
    return fresh


def test_someone_else_approves(club: cast.Club, campaign: Campaign) -> None:
    made = approval.approve(campaign, club.approver)
    assert approval.current(_again(campaign)) == made


def test_its_editor_may_not_approve(club: cast.Club, campaign: Campaign) -> None:
    with pytest.raises(approval.MayNotApprove):
        approval.approve(campaign, club.marketer)
    assert approval.current(campaign) is None


def test_a_superuser_who_edited_may_not_approve_either(campaign: Campaign) -> None:
    root = User.objects.create_superuser("root", "root@esquina.example", "secret-root")
    approval.record_edit(campaign, root)
    with pytest.raises(approval.MayNotApprove):
        approval.approve(campaign, root)


def test_a_service_campaign_has_its_own_approvers(club: cast.Club) -> None:
    recall = cast.campaign(club, kind="service", topic=None, name="Recall")
    approval.record_edit(recall, club.marketer)
    with pytest.raises(approval.MayNotApprove):
        approval.approve(recall, club.approver)
    approval.approve(recall, cast.with_service_approver(club).approver)


def test_an_edit_voids_the_approval(club: cast.Club, campaign: Campaign) -> None:
    approval.approve(campaign, club.approver)
    campaign.emails.filter(language="en").update(subject="Something else")
    assert approval.current(_again(campaign)) is None


def test_another_audience_voids_the_approval(club: cast.Club, campaign: Campaign) -> None:
    segment = Segment.objects.create(brand=club.brand, name="Cheese")
    Campaign.objects.filter(pk=campaign.pk).update(segment=segment)
    approval.approve(_again(campaign), club.approver)
    segment.rules = [{"type": "language", "value": {"operator": "is", "language": "es"}}]
    segment.save()
    assert approval.current(_again(campaign)) is None


def test_a_dearer_offer_voids_the_approval(club: cast.Club, campaign: Campaign) -> None:
    approval.approve(campaign, club.approver)
    Offer.objects.update(amount_minor=900)
    assert approval.current(_again(campaign)) is None


def test_a_longer_offer_voids_the_approval(club: cast.Club, campaign: Campaign) -> None:
    approval.approve(campaign, club.approver)
    Offer.objects.update(valid_until=timezone.now() + timedelta(days=90))
    assert approval.current(_again(campaign)) is None


def test_an_approval_that_left_the_time_open_holds_for_any_time(
    club: cast.Club, campaign: Campaign
) -> None:
    approval.approve(campaign, club.approver)
    lifecycle.schedule(campaign, timezone.now() + timedelta(days=1))
    assert approval.current(_again(campaign))


def test_an_approval_that_named_a_time_holds_for_that_one_only(
    club: cast.Club, campaign: Campaign
) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(send_at=timezone.now() + timedelta(days=1))
    approval.approve(_again(campaign), club.approver)
    Campaign.objects.filter(pk=campaign.pk).update(send_at=timezone.now() + timedelta(days=2))
    assert approval.current(_again(campaign)) is None


def test_going_back_to_what_was_approved_revives_the_approval(
    club: cast.Club, campaign: Campaign
) -> None:
    made = approval.approve(campaign, club.approver)
    campaign.emails.filter(language="en").update(subject="Something else")
    campaign.emails.filter(language="en").update(subject="This week")
    assert approval.current(_again(campaign)) == made


def test_a_draft_that_goes_on_after_approval_voids_it(club: cast.Club, campaign: Campaign) -> None:
    approval.approve(campaign, club.approver)
    campaign.name = "Another name"
    campaign.holdout_percent = 10
    campaign.save_revision(user=club.marketer)
    assert approval.current(_again(campaign)) is None


def _submitted(club: cast.Club, campaign: Campaign) -> TaskState:
    campaign.save_revision(user=club.marketer)
    approval_workflow.ensure().start(_again(campaign), club.marketer)
    state = _again(campaign).current_workflow_task_state
    assert isinstance(state, TaskState)
    return state


def test_the_workflow_writes_the_approval_and_publishes(
    club: cast.Club, campaign: Campaign
) -> None:
    state = _submitted(club, campaign)
    state.task.specific.on_action(state, club.approver, "approve")
    live = _again(campaign)
    current = approval.current(live)
    assert current is not None
    assert current.approver == club.approver
    assert live.live
    assert not live.workflow_in_progress


def test_the_workflow_offers_no_approval_to_the_editor(club: cast.Club, campaign: Campaign) -> None:
    state = _submitted(club, campaign)
    club.marketer.groups.add(Group.objects.get(name="Approvers"))
    task = FourEyesTask.objects.get(pk=state.task_id)
    offered = {name for name, _label, _modal in task.get_actions(campaign, club.marketer)}
    assert offered == {"reject"}
    offered = {name for name, _label, _modal in task.get_actions(campaign, club.approver)}
    assert offered == {"reject", "approve"}


def test_the_workflow_refuses_a_forged_approval(club: cast.Club, campaign: Campaign) -> None:
    state = _submitted(club, campaign)
    with pytest.raises(PermissionDenied):
        state.task.specific.on_action(state, club.marketer, "approve")
    assert not Approval.objects.exists()
    assert _again(campaign).workflow_in_progress


def test_publishing_a_draft_never_moves_the_campaign_back(
    club: cast.Club, campaign: Campaign
) -> None:
    draft = campaign.save_revision(user=club.marketer)
    approval.approve(campaign, club.approver)
    at = timezone.now() + timedelta(days=1)
    lifecycle.schedule(campaign, at)
    draft.publish()
    live = _again(campaign)
    assert (live.state, live.send_at) == (Campaign.State.SCHEDULED, at)


def test_the_workflow_can_be_made_twice(club: cast.Club) -> None:
    first, second = approval_workflow.ensure(), approval_workflow.ensure()
    assert first == second
    assert Campaign.get_default_workflow() == first
    assert first.workflow_tasks.count() == 1
