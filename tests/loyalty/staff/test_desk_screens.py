"""The service desk: receipts, vouchers and cards within limits, and why a till said no."""

from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from loyalty import ledger, vouchers
from loyalty.models import Purchase, ServiceLimits, ServiceRequest, Voucher, VoucherRefusal
from loyalty.voucher_codes import code_hash, grouped
from profiles.models import Card, Member, Store, User
from tests import cast
from tests.loyalty.staff.pages import signed_in, text


@pytest.fixture
def store(club: cast.Club) -> Store:
    """The shop at the corner."""
    return Store.objects.create(brand=club.brand, code="01", name="Corner")


@pytest.fixture
def voucher(club: cast.Club, gloria: Member) -> Voucher:
    """Gloria's voucher of a campaign."""
    vouchers.issue([cast.offer(club).pk], [gloria.pk])
    return Voucher.objects.get()


def _receipt(store: Store, **changes: Any) -> dict[str, Any]:
    day = timezone.localdate()
    return {
        "store": store.pk, "day": day, "number": "4711", "amount": "12.50", "why": "Card forgotten",
        "key": uuid4(),
    } | changes  # fmt: skip


def test_a_missing_receipt_earns(store: Store, gloria: Member, clerk: User) -> None:
    url = reverse("loyalty_staff:receipt", args=[gloria.pk])
    assert "second person" in text(clerk, url)
    answer = signed_in(clerk).post(url, _receipt(store), follow=True)
    assert "The purchase is recorded." in answer.content.decode()
    assert Purchase.objects.get().total_minor == 1_250
    assert ledger.balance(gloria.account) == 12


def test_a_big_receipt_waits_for_a_second_person(
    store: Store, gloria: Member, clerk: User, supervisor: User
) -> None:
    ServiceLimits.objects.create(brand=store.brand, receipt_minor=1_000)
    url = reverse("loyalty_staff:receipt", args=[gloria.pk])
    answer = signed_in(clerk).post(url, _receipt(store), follow=True)
    assert "It waits for a second person" in answer.content.decode()
    assert not Purchase.objects.exists()
    asked = ServiceRequest.objects.get()
    signed_in(supervisor).post(
        reverse("loyalty_staff:request", args=[asked.pk]), {"decision": "approve", "note": ""}
    )
    assert ledger.balance(gloria.account) == 12


def test_a_receipt_is_credited_once(store: Store, gloria: Member, clerk: User) -> None:
    url = reverse("loyalty_staff:receipt", args=[gloria.pk])
    signed_in(clerk).post(url, _receipt(store))
    again = signed_in(clerk).post(url, _receipt(store))
    assert again.context["form"].errors["number"]
    assert Purchase.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", "-1"), ("amount", "a lot"), ("day", "2126-01-01"), ("number", "#"), ("why", "")],
)
def test_a_bad_receipt_keeps_what_was_typed(
    store: Store, gloria: Member, clerk: User, field: str, value: str
) -> None:
    url = reverse("loyalty_staff:receipt", args=[gloria.pk])
    answer = signed_in(clerk).post(url, _receipt(store, **{field: value}))
    assert answer.context["form"].errors[field]
    assert "Card forgotten" in answer.content.decode() or field == "why"
    assert not Purchase.objects.exists()


def test_a_voucher_is_replaced(voucher: Voucher, gloria: Member, clerk: User) -> None:
    page = reverse("loyalty_staff:desk", args=[gloria.pk])
    url = reverse("loyalty_staff:reissue", args=[gloria.pk, voucher.pk])
    assert url in text(clerk, page)
    answer = signed_in(clerk).post(url, {"why": "Washed", "key": uuid4()}, follow=True)
    voucher.refresh_from_db()
    assert voucher.void_reason == "reissued"
    assert grouped(voucher.replaced_by.code) in answer.content.decode()


def test_anothers_voucher_is_not_found(
    club: cast.Club, voucher: Voucher, gloria: Member, clerk: User
) -> None:
    bruno = cast.bruno(club)
    url = reverse("loyalty_staff:reissue", args=[bruno.pk, voucher.pk])
    assert signed_in(clerk).get(url).status_code == 404


def test_a_card_is_replaced_blocked_and_freed(gloria: Member, clerk: User) -> None:
    page, client = reverse("loyalty_staff:desk", args=[gloria.pk]), signed_in(clerk)
    old = Card.objects.filter(account=gloria.account).earliest("pk")
    client.post(page, {"card": old.pk, "act": "block", "why": "Lost"})
    old.refresh_from_db()
    assert old.blocked_at
    client.post(page, {"card": old.pk, "act": "unblock", "why": "Found"})
    client.post(page, {"card": old.pk, "act": "replace", "why": "Lost again"})
    old.refresh_from_db()
    new = old.replaced_by
    assert new
    assert new.account == gloria.account
    assert new.number in text(clerk, page)
    assert list(old.events.order_by("pk").values_list("reason", flat=True)) == [
        "Lost", "Found", "Lost again",
    ]  # fmt: skip


def test_anothers_card_is_not_touched(club: cast.Club, gloria: Member, clerk: User) -> None:
    bruno = cast.bruno(club)
    page = reverse("loyalty_staff:desk", args=[bruno.pk])
    card = Card.objects.filter(account=gloria.account).earliest("pk")
    answer = signed_in(clerk).post(page, {"card": card.pk, "act": "block", "why": "Lost"})
    assert answer.status_code == 404
    card.refresh_from_db()
    assert card.blocked_at is None


def test_staff_read_why_a_till_refused_a_code(voucher: Voucher, clerk: User) -> None:
    VoucherRefusal.objects.create(
        reason="expired", source="till-1", voucher=voucher, code_hash=code_hash(voucher.code)
    )
    url = reverse("loyalty_staff:refused_code")
    page = signed_in(clerk).post(url, {"code": grouped(voucher.code).lower()}).content.decode()
    assert "Gloria" in page
    assert VoucherRefusal.objects.get().get_reason_display() in page
    unknown = signed_in(clerk).post(url, {"code": "nothing"}).content.decode()
    assert "No voucher has this code." in unknown
