"""Whatever a till sends, it is answered what was wrong with it, and nothing changes."""

import json
from typing import Any

import pytest
from django.test import Client

from loyalty.models import Entry, OfflineEvent, Purchase, Refund, VoucherUse
from profiles.models import Member
from tests.loyalty.api.calling import CARD, PURCHASE, RETURN, post, refused, told

LINE = {"sku": "4711", "quantity": 1, "amount_minor": 100}
REDEEM = {"card": CARD, "points": 1}
QUOTE = {"card": CARD, "currency": "EUR", "total_minor": 100}
VOUCHER = {"code": "ABCDEFGH12345678"}
BASKET = {"codes": ["ABC"], "basket": {"currency": "EUR", "lines": [LINE]}}
WRONG: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("purchases", PURCHASE, {"lines": [{**LINE, "amount_minor": 1.5}]}, "lines.0.amount_minor"),
    ("purchases", PURCHASE, {"lines": [{**LINE, "amount_minor": 1.0}]}, "lines.0.amount_minor"),
    ("purchases", PURCHASE, {"lines": [{**LINE, "amount_minor": -1}]}, "lines.0.amount_minor"),
    ("purchases", PURCHASE, {"lines": [{**LINE, "amount_minor": 10**30}]}, "lines.0.amount_minor"),
    ("purchases", PURCHASE, {"lines": [{**LINE, "quantity": True}]}, "lines.0.quantity"),
    ("purchases", PURCHASE, {"lines": [{**LINE, "sku": "47\x0011"}]}, "lines.0.sku"),
    ("purchases", PURCHASE, {"lines": [{**LINE, "price": 1}]}, "lines.0.price"),
    ("purchases", PURCHASE, {"external_id": "\ud800"}, "external_id"),
    ("purchases", PURCHASE, {"currency": "euro"}, "currency"),
    ("purchases", PURCHASE, {"occurred_at": "2026-03-02T13:30:00"}, "occurred_at"),
    ("purchases", PURCHASE, {"occurred_at": "2999-01-01T00:00:00Z"}, "occurred_at"),
    ("purchases", PURCHASE, {"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at"),
    ("purchases", PURCHASE, {"points": 1_000}, "points"),
    ("returns", RETURN, {"lines": [{**LINE, "amount_minor": -1}]}, "lines.0.amount_minor"),
    ("returns", RETURN, {"lines": [{**LINE, "position": -1}]}, "lines.0.position"),
    ("points/redeem", REDEEM, {"points": 0}, "points"),
    ("points/redeem", REDEEM, {"points": -5}, "points"),
    ("points/redeem", REDEEM, {"points": 1.5}, "points"),
    ("points/redeem", REDEEM, {"points": "12"}, "points"),
    ("points/redeem", REDEEM, {"points": 10**19}, "points"),
    ("points/redeem", REDEEM, {"account": "me"}, "account"),
    ("points/hold", REDEEM, {"minutes": 0}, "minutes"),
    ("points/quote", QUOTE, {"total_minor": -1}, "total_minor"),
    ("vouchers/redeem", VOUCHER, {"code": ""}, "code"),
    ("vouchers/redeem", VOUCHER, {"code": "A\x00"}, "code"),
    ("vouchers/redeem", VOUCHER, {"value_minor": 0.5}, "value_minor"),
    ("vouchers/quote", BASKET, {"codes": []}, "codes"),
    ("identify", {"card": CARD}, {"card": "\x00"}, "card"),
    ("identify", {"card": CARD}, {"name": "Gloria"}, "name"),
]


@pytest.mark.parametrize(("path", "good", "wrong", "field"), WRONG)
def test_the_field_that_is_wrong_is_named(
    till: str, gloria: Member, path: str, good: dict[str, Any], wrong: dict[str, Any], field: str
) -> None:
    answer = post(path, {**good, **wrong}, till)
    assert answer.status_code == 422
    assert [each["field"] for each in json.loads(answer.content)["fields"]] == [field]
    assert not Purchase.objects.exists()
    assert not Entry.objects.exists()
    assert not VoucherUse.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"lines": [{**LINE, "sku": "4712"}]},
        {"lines": [{**LINE, "quantity": 3}]},
        {"lines": [{**LINE, "amount_minor": 1181}]},
        {"lines": [{**LINE, "quantity": 0, "amount_minor": 0}]},
        {"currency": "USD"},
        {"occurred_at": "2026-03-01T10:00:00+01:00"},
        {"purchase_external_id": "unheard-of"},
        {"purchase_external_id": ""},
        {"store_code": "nowhere"},
    ],
)
def test_a_return_that_cannot_be_is_refused(
    till: str, gloria: Member, wrong: dict[str, Any]
) -> None:
    told("purchases", PURCHASE, till)
    assert refused("returns", {**RETURN, **wrong}, till) == (422, "not_recordable")
    assert not Refund.objects.exists()


def test_a_return_again_is_the_same_and_another_body_a_conflict(till: str, gloria: Member) -> None:
    told("purchases", PURCHASE, till)
    first, again = (post("returns", RETURN, till) for _ in range(2))
    assert first.content == again.content
    assert refused("returns", {**RETURN, "currency": "USD"}, till) == (409, "key_reused")
    more = {**RETURN, "external_id": "R2", "lines": [{**LINE, "quantity": 2, "amount_minor": 590}]}
    assert refused("returns", more, till) == (422, "not_recordable")


def test_points_are_worth_nothing_in_another_currency(till: str, gloria: Member) -> None:
    assert refused("points/quote", {**QUOTE, "currency": "USD"}, till) == (422, "not_recordable")


@pytest.mark.parametrize("given", [{}, {"card": CARD, "phone": "600123123"}, {"card": ""}])
def test_one_of_four_ways_to_identify(till: str, gloria: Member, given: dict[str, str]) -> None:
    assert refused("identify", given, till) == (422, "not_recordable")


@pytest.mark.parametrize("key", ["", " ", "k" * 81, "ü", "two words"])
def test_an_idempotency_key_is_a_short_visible_text(till: str, gloria: Member, key: str) -> None:
    headers = {"Authorization": f"Bearer {till}", "Idempotency-Key": key}
    answer = Client(headers=headers).post(
        "/api/points/redeem", json.dumps(REDEEM), content_type="application/json"
    )
    assert answer.status_code == 422
    assert "dempotency" in answer.content.decode()


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"\xff\xfe", b"[]", b"null", b"1", b'"text"', b"[" * 100_000,
        b'{"points": 1e999}', b'{"points": NaN}', b'{"card": "' + b"9" * 5_000 + b'"}',
        b'{"points": ' + b"9" * 5_000 + b"}", b"card=1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data", ""])
def test_what_is_no_json_is_refused(till: str, gloria: Member, raw: bytes, kind: str) -> None:
    headers = {"Authorization": f"Bearer {till}", "Idempotency-Key": "k-1"}
    answer = Client(headers=headers).post("/api/points/redeem", raw, content_type=kind)
    assert answer.status_code in {400, 422}, answer.content
    assert json.loads(answer.content)["code"]


def test_a_body_that_is_too_big_is_refused(till: str, gloria: Member) -> None:
    assert refused("identify", {"card": "9" * 300_000}, till) == (413, "too_big")
    assert refused("batches", {"events": ["x" * 2_200_000]}, till) == (413, "too_big")
    assert not OfflineEvent.objects.exists()


@pytest.mark.parametrize(
    "path", ["points/hold/0/capture", f"points/hold/{2**63}/capture", "points/hold/x/release",
             "vouchers/x/capture", "vouchers/%00/release"],
)  # fmt: skip
def test_a_number_that_is_none_is_refused(till: str, gloria: Member, path: str) -> None:
    assert post(path, {}, till).status_code == 422
