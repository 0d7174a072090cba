"""The workflow task by which a second person approves a campaign."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.models import GroupApprovalTask, TaskState

from campaigns import approval
from campaigns.models.campaigns import Campaign
from profiles.models import User

APPROVE = "approve"


class FourEyesTask(GroupApprovalTask):
    """A workflow task that a second person approves; it writes the ``Approval`` row.

    Wagtail offers every action to superusers; here nobody approves what they edited.
    """

    def get_actions(self, obj: Campaign, user: User) -> list[tuple[str, str, bool]]:
        """What this person may do now: those who edited this content may only ask for changes."""
        actions: list[tuple[str, str, bool]] = super().get_actions(obj, user)
        if approval.may_approve(obj, user):
            return actions
        return [action for action in actions if action[0] != APPROVE]

    @transaction.atomic
    def on_action(self, task_state: TaskState, user: User, action_name: str, **kwargs: Any) -> Any:
        """Approve, which also publishes; raises MayNotApprove and changes nothing."""
        if action_name == APPROVE:
            approval.approve(task_state.revision.content_object, user)
        return super().on_action(task_state, user, action_name, **kwargs)

    @classmethod
    def get_description(cls) -> str:
        """Shown where workflows are put together."""
        return _("Someone of the chosen groups who did not edit the campaign approves it")
