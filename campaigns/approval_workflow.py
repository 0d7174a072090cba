"""The workflow by which a campaign is approved: one step, by a second person."""

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from wagtail.models import Workflow, WorkflowContentType, WorkflowTask

from campaigns import staff_roles
from campaigns.models import Campaign, FourEyesTask

NAME = "Campaign approval"


@transaction.atomic
def ensure() -> Workflow:
    """Make the groups of staff and the workflow, or complete what is there."""
    groups = staff_roles.ensure()
    task, _created = FourEyesTask.objects.get_or_create(name="Second person")
    task.groups.add(groups[staff_roles.APPROVERS], groups[staff_roles.SERVICE_APPROVERS])
    workflow, _created = Workflow.objects.get_or_create(name=NAME)
    WorkflowTask.objects.get_or_create(
        workflow=workflow, task=task.task_ptr, defaults={"sort_order": 0}
    )
    campaigns = ContentType.objects.get_for_model(Campaign)
    WorkflowContentType.objects.update_or_create(
        content_type=campaigns, defaults={"workflow": workflow}
    )
    return workflow
