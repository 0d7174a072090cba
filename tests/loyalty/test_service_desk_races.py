"""The service desk at once: one receipt from two clerks, one clerk in two windows, two deciders.

Each promise has a control that shows the race it stops. On SQLite every transaction takes the one
write lock as it begins.
"""

from itertools import count
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection

from loyalty import audit, ledger, service_desk, service_limits, service_receipts
from loyalty.models import Entry, LoyaltyRules, Purchase, ServiceLimits, ServiceRequest
from loyalty.service_desk import AlreadyCredited, AlreadyDecided, Asked, adjust_points, approve
from loyalty.service_receipts import Receipt, only_total
from profiles.models import Member, Store, User
from tests import cast
from tests.loyalty.test_service_desk import MONDAY, NOW
from tests.loyalty.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

CLERKS = 8


@pytest.fixture
def club(transactional_db: None, django_db_serialized_rollback: None) -> cast.Club:
    """The club, really committed, so that other connections see it."""
    return cast.club()


@pytest.fixture
def people(club: cast.Club) -> list[Member]:
    """Two regulars."""
    return [cast.gloria(club), cast.bruno(club)]


@pytest.fixture
def clerks(club: cast.Club) -> list[User]:
    """Eight clerks who may also decide."""
    decide = Permission.objects.get(codename="decide_servicerequest")
    made = [User.objects.create_user(f"clerk-{number}") for number in range(CLERKS)]
    for clerk in made:
        clerk.user_permissions.add(decide)
    return [User.objects.get(pk=clerk.pk) for clerk in made]


@pytest.fixture
def paper(club: cast.Club) -> Receipt:
    """Twelve euros."""
    corner = Store.objects.create(brand=club.brand, code="01", name="Corner")
    return Receipt(corner, MONDAY, "42", only_total(1200))


def _credit(people: list[Member], clerks: list[User], paper: Receipt) -> list[Any]:
    return at_once(
        CLERKS,
        lambda turn: service_desk.credit_receipt(
            Asked(clerks[turn], "Showed it", f"k-{turn}", NOW), people[turn % 2], paper
        ),
    )


def test_clerks_who_credit_one_receipt_at_once_credit_it_once(
    people: list[Member], clerks: list[User], paper: Receipt
) -> None:
    results = _credit(people, clerks, paper)
    assert sum(isinstance(one, ServiceRequest) for one in results) == 1
    assert {type(one) for one in results} == {ServiceRequest, AlreadyCredited}
    assert Purchase.objects.count() == ServiceRequest.objects.count() == 1
    assert list(audit.differences()) == []


def test_without_its_one_name_a_receipt_is_credited_by_each(
    people: list[Member], clerks: list[User], paper: Receipt, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers, name_of = count(), service_receipts.name_of
    monkeypatch.setattr(
        service_receipts, "name_of", lambda receipt: f"{name_of(receipt)}/{next(numbers)}"
    )
    monkeypatch.setattr(service_receipts, "look_alikes", lambda _paper: Purchase.objects.none())
    results = _credit(people, clerks, paper)
    assert sum(isinstance(one, ServiceRequest) for one in results) == CLERKS
    assert Purchase.objects.count() == CLERKS


def _adjust_twice(club: cast.Club, gloria: Member) -> int:
    """How many of eight requests of 100 points one clerk got through, of a day's 300."""
    ServiceLimits.objects.create(brand=club.brand, points_per_day=300)
    results = at_once(
        CLERKS,
        lambda turn: adjust_points(
            Asked(club.marketer, "Sorry", f"k-{turn}", NOW), gloria.account, 100
        ),
    )
    return sum(one.state == "approved" for one in results)


def test_one_clerk_in_many_windows_keeps_the_days_limit(
    club: cast.Club, people: list[Member]
) -> None:
    assert _adjust_twice(club, people[0]) == 3
    assert ledger.balance(people[0].account, NOW) == 300


def test_without_the_clerks_lock_the_day_is_exceeded(
    club: cast.Club, people: list[Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = User.objects.all()
    monkeypatch.setattr(User.objects, "select_for_update", lambda **_told: rows.all())
    read = service_limits.why_second

    def read_late(*told: Any) -> str:
        why = read(*told)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.3)")
        return why

    monkeypatch.setattr(service_desk, "why_second", read_late)
    passed = _adjust_twice(club, people[0])
    # SQLite's write lock, taken when a transaction begins, keeps the promise on its own.
    assert passed == 3 if connection.vendor == "sqlite" else passed > 3


def test_of_many_deciders_one_decides(
    club: cast.Club, people: list[Member], clerks: list[User]
) -> None:
    LoyaltyRules.objects.create(brand=club.brand, adjustment_limit=1)
    request = adjust_points(Asked(club.marketer, "Sorry", "k", NOW), people[0].account, 100)

    def decide(turn: int) -> ServiceRequest:
        own = ServiceRequest.objects.get(pk=request.pk)
        if turn % 2:
            return service_desk.refuse(own, clerks[turn], "No", NOW)
        return approve(own, clerks[turn], now=NOW)

    results = at_once(CLERKS, decide)
    assert sum(isinstance(one, ServiceRequest) for one in results) == 1
    assert {type(one) for one in results} == {ServiceRequest, AlreadyDecided}
    request.refresh_from_db()
    assert Entry.objects.count() == (request.state == "approved")
    assert ledger.balance(people[0].account, NOW) == 100 * Entry.objects.count()
