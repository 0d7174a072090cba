"""What the member page tells of points, purchases and vouchers."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from campaigns import staff_roles
from loyalty.member_section import section
from loyalty.models import Purchase
from loyalty.vouchers import issue
from profiles.models import Member, User
from tests import cast


@pytest.fixture
def gloria(db: None) -> Member:
    """Gloria, with an open voucher, an expired one and two purchases in two currencies."""
    club = cast.club()
    staff_roles.ensure()
    club.marketer.groups.add(Group.objects.get(name=staff_roles.MEMBER_SERVICE))
    gloria = cast.gloria(club)
    past = timezone.now() - timedelta(days=40)
    old = cast.offer(club, "old", valid_from=past, valid_until=past + timedelta(days=7))
    issue([cast.offer(club).pk], [gloria.pk])
    issue([old.pk], [gloria.pk])
    for number, currency in enumerate(["EUR", "USD"]):
        Purchase.objects.create(
            account=gloria.account,
            brand=club.brand,
            source="till",
            external_id=str(number),
            occurred_at=past,
            currency=currency,
            total_minor=1250,
        )
    return gloria


def test_vouchers_that_can_be_used_come_first(gloria: Member) -> None:
    assert [state for _title, _voucher, state in section(gloria).context["vouchers"]] == [
        "open",
        "expired",
    ]


def test_currencies_are_never_added_up(gloria: Member) -> None:
    bought = [f for f in section(gloria).figures if f.label == "Bought in a year"]
    assert [(f.value, f.note) for f in bought] == [
        ("12.50", "EUR in 1 purchase"),
        ("12.50", "USD in 1 purchase"),
    ]


def test_the_service_desk_sees_it_on_the_member_page(gloria: Member) -> None:
    client = Client()
    client.force_login(User.objects.get(username="marta"))
    page = client.get(f"/staff/members/inspect/{gloria.pk}/").content.decode()
    assert "Points and vouchers" in page
    assert "2 € off Manchego" in page
