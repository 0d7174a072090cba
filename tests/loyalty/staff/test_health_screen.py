"""The ledger's health on a screen: what the last audit found, and ordering one."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone
from kombu.exceptions import OperationalError

from loyalty import audit, tasks
from loyalty.models import LedgerAudit, Wallet
from loyalty.staff.urls import here
from profiles.models import Member, User
from tests.loyalty.books import earn
from tests.loyalty.staff.pages import signed_in, text

NOW = timezone.now()


@pytest.fixture
def ordered(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was put into the queue of the workers."""
    found: list[Any] = []
    monkeypatch.setattr(tasks.audit_ledger, "apply_async", lambda **told: found.append(told))
    return found


def test_a_sound_ledger_is_told_so(gloria: Member, accountant: User) -> None:
    earn(gloria.account, 10, "a", NOW)
    audit.audit()
    page = text(accountant, here("health"))
    assert "no difference" in page
    for check in audit.check_names():
        assert f"<li>{check}</li>" in page


def test_differences_are_told(gloria: Member, accountant: User) -> None:
    earn(gloria.account, 10, "a", NOW)
    Wallet.objects.update(active=F("active") + 3)
    found = audit.audit()
    page = text(accountant, here("health"))
    assert "not what the postings say" in page
    assert found.found[0] in page
    assert "has 13, should be 10" in page


def test_never_audited_and_audited_long_ago_are_warnings(accountant: User) -> None:
    assert "was never audited" in text(accountant, here("health"))
    then = NOW - timedelta(days=3)
    LedgerAudit.objects.create(started_at=then, finished_at=then)
    assert "older than two days" in text(accountant, here("health"))
    LedgerAudit.objects.create(started_at=NOW - timedelta(hours=2))
    assert "did not come to its end" in text(accountant, here("health"))


def test_an_audit_is_ordered_of_a_worker(accountant: User, ordered: list[Any]) -> None:
    assert "Audit now" in text(accountant, here("health"))
    answer = signed_in(accountant).post(here("health"), follow=True)
    assert "An audit was ordered" in answer.content.decode()
    assert ordered == [{"expires": 3600.0}]


def test_none_is_ordered_while_one_runs(accountant: User, ordered: list[Any]) -> None:
    LedgerAudit.objects.create(started_at=timezone.now())
    answer = signed_in(accountant).post(here("health"), follow=True)
    assert "An audit is running." in answer.content.decode()
    assert ordered == []


def test_a_broker_that_cannot_be_reached_is_told(
    accountant: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(**_told: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.audit_ledger, "apply_async", unreachable)
    answer = signed_in(accountant).post(here("health"), follow=True)
    assert "nothing was started" in answer.content.decode()


def test_who_may_only_look_orders_none(supervisor: User, clerk: User, ordered: list[Any]) -> None:
    assert "Audit now" not in text(supervisor, here("health"))
    assert signed_in(supervisor).post(here("health")).status_code in (302, 403)
    assert signed_in(clerk).get(here("health")).status_code in (302, 403)
    assert ordered == []
