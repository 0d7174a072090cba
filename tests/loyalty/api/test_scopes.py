"""What a key opens, how often it may call, and that nobody reads it afterwards."""

import json
import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from loyalty import till_keys
from loyalty.models import TillAnswer, TillKey, TillScope
from profiles.models import Member
from tests import cast
from tests.loyalty.api.calling import CARD, PURCHASE, post, refused, told

SOMETHING = "00000000-0000-4000-8000-000000000000"
ROUTES = {
    "identify": "identify",
    "purchases": "purchases",
    "returns": "purchases",
    "points/quote": "points",
    "points/redeem": "points",
    "points/hold": "points",
    "points/hold/1/capture": "points",
    "points/hold/1/release": "points",
    "vouchers/quote": "vouchers",
    "vouchers/redeem": "vouchers",
    "vouchers/reserve": "vouchers",
    f"vouchers/{SOMETHING}/capture": "vouchers",
    f"vouchers/{SOMETHING}/release": "vouchers",
    "batches": "batches",
}


def test_every_route_is_among_those_tried_here() -> None:
    paths = Client().get("/api/openapi.json").json()["paths"]
    known = {
        path.removeprefix("/api/").replace("{hold_id}", "1").replace("{reservation}", SOMETHING)
        for path in paths
    }
    assert known == set(ROUTES)


@pytest.mark.parametrize("path", ROUTES)
def test_a_key_without_the_scope_is_refused(club: cast.Club, path: str) -> None:
    others = set(TillScope.values) - {ROUTES[path]}
    _key, plain = till_keys.create(club.brand, "narrow", scopes=others)
    assert refused(path, {}, plain) == (403, "forbidden")
    _key, plain = till_keys.create(club.brand, "only", scopes=[ROUTES[path]])
    assert post(path, {}, plain).status_code in {404, 422}


@pytest.mark.parametrize("path", ROUTES)
def test_no_route_opens_without_a_key(club: cast.Club, till: str, path: str) -> None:
    for wrong in ("", "till_wrong", till + "x"):
        assert refused(path, {}, wrong) == (401, "unauthorized")
    till_keys.revoke(TillKey.objects.get())
    assert refused(path, {}, till) == (401, "unauthorized")


def test_a_key_opens_something_that_exists(club: cast.Club) -> None:
    for scopes in ([], ["everything"]):
        with pytest.raises(ValueError, match="scopes"):
            till_keys.create(club.brand, "till-9", scopes=scopes)
    with pytest.raises(ValueError, match="books"):
        till_keys.create(club.brand, "earning")


def test_a_key_that_calls_too_often_has_to_wait(club: cast.Club, gloria: Member) -> None:
    _key, plain = till_keys.create(club.brand, "busy", calls_per_minute=2)
    answers = [post("identify", {"card": CARD}, plain) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2]["Retry-After"] == "60"


def test_the_last_use_is_noted_once_a_minute(till: str, gloria: Member) -> None:
    key = TillKey.objects.get()
    told("identify", {"card": CARD}, till)
    key.refresh_from_db()
    first = key.last_used_at
    assert first
    told("identify", {"card": CARD}, till)
    key.refresh_from_db()
    assert key.last_used_at == first
    TillKey.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    told("identify", {"card": CARD}, till)
    key.refresh_from_db()
    assert key.last_used_at
    assert key.last_used_at >= first


def test_answers_are_not_to_be_kept(till: str, gloria: Member) -> None:
    answers = [
        post("identify", {"card": CARD}, till),
        post("identify", {"card": "99"}, till),
        post("identify", {"nonsense": 1}, till),
        post("identify", {}, "wrong"),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 422, 401]
    assert {answer["Cache-Control"] for answer in answers} == {"private, no-store"}


def test_no_secret_reaches_the_logs(
    till: str, gloria: Member, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        told("identify", {"card": CARD}, till)
        refused("identify", {"email": "nobody@example.com"}, till)
        told("purchases", PURCHASE, till)
        refused("vouchers/redeem", {"code": "SECRETCODE123456"}, till)
        refused("vouchers/redeem", {"code": 5}, till)
    lines = [record for record in caplog.records if record.name != "django.db.backends"]
    text = "\n".join(record.getMessage() for record in lines)
    for secret in (till, CARD, "nobody@", "SECRETCODE", "Gloria"):
        assert secret not in text


def test_kept_answers_name_nobody_and_are_forgotten(till: str, gloria: Member) -> None:
    from loyalty import till_answers

    told("purchases", PURCHASE, till)
    told("points/redeem", {"card": CARD, "points": 1}, till)
    kept = TillAnswer.objects.get()
    assert CARD not in json.dumps(kept.body)
    assert till_answers.forget(timezone.now() - timedelta(days=1)) == 0
    assert till_answers.forget(timezone.now() + timedelta(days=1)) == 1
    again = told("points/redeem", {"card": CARD, "points": 1}, till)
    assert again["balance"] == 11
