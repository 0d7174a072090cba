"""A club whose staff have their roles, and the DNS in which they look."""

from typing import Any

import dns.exception
import dns.resolver
import pytest
from django.contrib.auth.models import Group

from campaigns import approval_workflow, dns_lookups, staff_roles
from profiles.models import Member
from tests import cast
from tests.campaigns.staff.sender_dns import DMARC_NONE, SPF_GOOD
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


@pytest.fixture
def by_sendgrid(settings: Any) -> None:
    """SendGrid's mail server carries the mail."""
    settings.REGULARS_TRANSPORT = "smtp"
    settings.REGULARS_SMTP_URL = "smtp+tls://apikey:key@smtp.sendgrid.net:587"


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the DNS says; a test changes it."""
    said: dict[str, Any] = {
        "spf": SPF_GOOD,
        "dmarc": DMARC_NONE,
        "texts": {"MX": ["10 mx.example"]},
    }
    monkeypatch.setattr("checkdmarc.spf.check_spf", lambda *_, **__: dict(said["spf"]))
    monkeypatch.setattr("checkdmarc.dmarc.check_dmarc", lambda *_, **__: dict(said["dmarc"]))
    monkeypatch.setattr(
        dns_lookups.Resolver, "texts", lambda _self, _name, kind: said["texts"].get(kind, [])
    )
    return said


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A DNS that never answers; what was asked."""
    asked: list[str] = []

    def ask(_self: Any, name: Any, *_args: Any, **_options: Any) -> Any:
        asked.append(str(name))
        raise dns.exception.Timeout

    monkeypatch.setattr(dns.resolver.Resolver, "resolve", ask)
    return asked
