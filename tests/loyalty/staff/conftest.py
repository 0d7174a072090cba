"""A club whose staff have their roles: a clerk, a supervisor, a manager, finance."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group

from campaigns import staff_roles
from profiles.models import User
from tests.cast import Club

Hire = Callable[[str, str], User]


@pytest.fixture
def hire(club: Club) -> Hire:
    """Make somebody of the staff with a role."""
    roles = staff_roles.ensure()

    def made(name: str, role: str) -> User:
        person = User.objects.create_user(name, f"{name}@esquina.example", "secret")
        person.groups.add(Group.objects.get(pk=roles[role].pk))
        return User.objects.get(pk=person.pk)

    return made


@pytest.fixture
def clerk(hire: Hire) -> User:
    """Clara, at the service desk."""
    return hire("clara", staff_roles.MEMBER_SERVICE)


@pytest.fixture
def supervisor(hire: Hire) -> User:
    """Sofía, who decides as the second person."""
    return hire("sofia", staff_roles.SERVICE_SUPERVISORS)


@pytest.fixture
def manager(hire: Hire) -> User:
    """Miguel, who settles what is earned."""
    return hire("miguel", staff_roles.CLUB_MANAGERS)


@pytest.fixture
def accountant(hire: Hire) -> User:
    """Fina, of finance."""
    return hire("fina", staff_roles.FINANCE)


@pytest.fixture
def superuser(db: None) -> User:
    """Ruth, who may everything that is not for two."""
    return User.objects.create_superuser("ruth", "ruth@esquina.example", "secret")
