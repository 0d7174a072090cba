"""The till's API: authorised, safe to repeat, and silent about why a voucher is refused."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from loyalty import till_keys, vouchers
from loyalty.models import Offer, Purchase, TillKey, Voucher, VoucherUse
from profiles.models import Brand, Member
from tests import cast

PURCHASE: dict[str, Any] = {
    "external_id": "T1-2026-0001",
    "card": "2000000000017",
    "occurred_at": "2026-03-02T13:30:00+01:00",
    "currency": "EUR",
    "lines": [
        {"sku": "4711", "quantity": 2, "amount_minor": 1180, "discount_minor": 120},
        {"sku": "unheard-of", "quantity": 1, "amount_minor": 70},
    ],
}


def _post(path: str, body: object, key: str, idempotency: str | None = "k-1") -> HttpResponse:
    headers = {"Authorization": f"Bearer {key}"}
    if idempotency:
        headers["Idempotency-Key"] = idempotency
    client = Client(headers=headers)
    return client.post(f"/api/{path}", json.dumps(body), content_type="application/json")  # type: ignore[return-value]


@pytest.fixture
def voucher(club: cast.Club, gloria: Member) -> Voucher:
    """Gloria's two euros off."""
    vouchers.issue([cast.offer(club).pk], [gloria.pk])
    return Voucher.objects.get()


def test_a_purchase_is_recorded_and_earns(till: str, gloria: Member) -> None:
    answer = _post("purchases", PURCHASE, till, None)
    assert answer.status_code == 200
    assert json.loads(answer.content) == {
        "external_id": "T1-2026-0001",
        "total_minor": 1250,
        "currency": "EUR",
        "points": 12,
        "lines": [
            {"position": 0, "quantity": 2, "amount_minor": 1180},
            {"position": 1, "quantity": 1, "amount_minor": 70},
        ],
    }
    purchase = Purchase.objects.get()
    assert (purchase.source, str(purchase.store)) == ("till-1", "Corner")


def test_a_repeated_purchase_gets_the_same_answer(till: str, gloria: Member) -> None:
    first, again = (_post("purchases", PURCHASE, till) for _ in range(2))
    assert first.content == again.content
    assert Purchase.objects.count() == 1


def test_a_number_with_another_body_is_a_conflict(till: str, gloria: Member) -> None:
    _post("purchases", PURCHASE, till)
    assert _post("purchases", {**PURCHASE, "currency": "USD"}, till).status_code == 409
    assert Purchase.objects.get().currency == "EUR"


def test_two_tills_may_use_the_same_number(club: cast.Club, till: str, gloria: Member) -> None:
    _key, other = till_keys.create(club.brand, "till-2")
    assert _post("purchases", PURCHASE, till).status_code == 200
    assert _post("purchases", PURCHASE, other).status_code == 200
    assert Purchase.objects.count() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"lines": []},
        {"lines": [{"sku": "4711", "quantity": 1, "amount_minor": -1}]},
        {"lines": [{"sku": "4711", "quantity": 0, "amount_minor": 1}]},
        {"lines": [{"sku": "4711", "quantity": 1, "amount_minor": 1.5}]},
        {"lines": [{"sku": "4711", "quantity": 1, "amount_minor": 10**12}]},
        {"lines": [{"sku": "47\x0011", "quantity": 1, "amount_minor": 1}]},
        {"currency": "euro"},
        {"occurred_at": "2026-03-02T13:30:00"},
        {"occurred_at": "2999-01-01T00:00:00Z"},
        {"card": "1"},
        {"store_code": "nowhere"},
        {"external_id": ""},
        {"points": 1_000_000},
    ],
)
def test_a_bad_purchase_is_named_and_changes_nothing(
    till: str, gloria: Member, wrong: dict[str, Any]
) -> None:
    answer = _post("purchases", {**PURCHASE, **wrong}, till)
    assert answer.status_code == 422
    assert json.loads(answer.content)["detail"]
    assert not Purchase.objects.exists()


@pytest.mark.parametrize("path", ["purchases", "vouchers/redeem"])
def test_without_a_good_key_nothing_opens(till: str, gloria: Member, path: str) -> None:
    for key in ("", "till_wrong", till + "x"):
        assert _post(path, PURCHASE, key).status_code == 401
    till_keys.revoke(TillKey.objects.get())
    assert _post(path, PURCHASE, till).status_code == 401
    assert not Purchase.objects.exists()


def test_the_key_itself_is_not_stored(till: str) -> None:
    assert till not in str(TillKey.objects.values().get())


def test_a_voucher_is_redeemed_and_says_nothing_of_the_member(till: str, voucher: Voucher) -> None:
    answer = _post("vouchers/redeem", {"code": voucher.code}, till)
    assert answer.status_code == 200
    told = json.loads(answer.content)
    assert (told["title"], told["kind"], told["value_minor"]) == ("2 € off Manchego", "amount", 200)
    assert "Gloria" not in answer.content.decode()
    assert VoucherUse.objects.get().replayed is False


def test_a_repeated_redemption_gets_the_same_answer(till: str, voucher: Voucher) -> None:
    first, again = (_post("vouchers/redeem", {"code": voucher.code}, till) for _ in range(2))
    assert first.content == again.content
    assert VoucherUse.objects.count() == 1


def test_a_key_with_another_code_is_a_conflict(till: str, voucher: Voucher) -> None:
    _post("vouchers/redeem", {"code": voucher.code}, till)
    assert _post("vouchers/redeem", {"code": "0" * 16}, till).status_code == 409


def test_every_refusal_reads_the_same(club: cast.Club, till: str, voucher: Voucher) -> None:
    answers = {_refusal(till, "0" * 16)}
    Voucher.objects.update(voided_at=timezone.now())
    answers.add(_refusal(till, voucher.code))
    Voucher.objects.update(voided_at=None, uses=1)
    answers.add(_refusal(till, voucher.code))
    Voucher.objects.update(uses=0)
    Offer.objects.update(valid_until=timezone.now() - timedelta(minutes=1))
    answers.add(_refusal(till, voucher.code))
    Offer.objects.update(valid_until=timezone.now() + timedelta(days=1), brand=_other_brand())
    answers.add(_refusal(till, voucher.code))
    assert {status for status, _body in answers} == {404}
    (body,) = {body for _status, body in answers}
    told = {"code": "voucher_refused", "detail": "This voucher cannot be used.", "fields": []}
    assert json.loads(body) == told
    assert not VoucherUse.objects.exists()


def test_a_redemption_needs_an_idempotency_key(till: str, voucher: Voucher) -> None:
    assert _post("vouchers/redeem", {"code": voucher.code}, till, None).status_code == 422


def test_a_replaying_source_is_marked(club: cast.Club, voucher: Voucher) -> None:
    _key, plain = till_keys.create(club.brand, "replay")
    happened = (timezone.now() - timedelta(hours=2)).isoformat()
    assert _post("vouchers/redeem", {"code": voucher.code, "occurred_at": happened}, plain)
    use = VoucherUse.objects.get()
    assert use.replayed
    assert use.occurred_at.isoformat() == happened


def _refusal(till: str, code: str) -> tuple[int, bytes]:
    answer = _post("vouchers/redeem", {"code": code}, till)
    return answer.status_code, answer.content


def _other_brand() -> Brand:
    return Brand.objects.create(
        name="Other", slug="other", sender_name="Other", sender_email="o@other.example"
    )
