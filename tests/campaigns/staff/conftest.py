"""A club whose staff have their roles."""

import pytest
from django.contrib.auth.models import Group

from campaigns import approval_workflow, staff_roles
from profiles.models import Member
from tests import cast
from tests.cast import Club


@pytest.fixture
def club(club: Club) -> Club:
    """The club and its workflow, with a marketer and an approver."""
    approval_workflow.ensure()
    club.marketer.groups.add(Group.objects.get(name=staff_roles.MARKETERS))
    club.approver.groups.add(Group.objects.get(name=staff_roles.APPROVERS))
    return club


@pytest.fixture
def everyone(club: Club) -> dict[str, Member]:
    """The whole cast, by name."""
    return cast.everyone(club)
