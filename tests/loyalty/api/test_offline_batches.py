"""A till that was offline: what happened at the counter is recorded, and nothing is lost."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from loyalty import ledger, offline, vouchers
from loyalty.models import Entry, OfflineEvent, Purchase, Voucher, VoucherUse, WorklistItem
from profiles.models import Card, Member
from tests import cast
from tests.loyalty.api.calling import CARD, PURCHASE, RETURN, post, refused, told

Outcomes = list[tuple[str, int, str]]
NOON = datetime.fromisoformat("2026-03-02T12:30:00+00:00")


@pytest.fixture
def code(club: cast.Club, gloria: Member) -> str:
    """Gloria's two euros off, good for one use."""
    vouchers.issue([cast.offer(club, valid_from=NOON - timedelta(days=1)).pk], [gloria.pk])
    return Voucher.objects.get().code


def points(key: str, count: int, minutes: int = 1, **facts: Any) -> dict[str, Any]:
    """Points that were redeemed so many minutes after noon."""
    at = (NOON + timedelta(minutes=minutes)).isoformat()
    event = {"type": "points_redeemed", "key": key, "occurred_at": at, "points": count}
    return {**event, "card": CARD, **facts}


def used(key: str, code: str, minutes: int = 1) -> dict[str, Any]:
    """A voucher that was used so many minutes after noon."""
    at = (NOON + timedelta(minutes=minutes)).isoformat()
    return {"type": "voucher_used", "key": key, "occurred_at": at, "code": code}


def bought(**facts: Any) -> dict[str, Any]:
    """The basket of noon: twelve points."""
    return {"type": "purchase", **PURCHASE, **facts}


def send(till: str, *events: dict[str, Any]) -> Outcomes:
    """What a batch is answered."""
    answer = told("batches", {"events": list(events)}, till, None)
    return [(one["outcome"], one["points"], one["code"]) for one in answer["outcomes"]]


def test_a_day_offline(till: str, gloria: Member, code: str) -> None:
    """Twelve points earned, twenty given away; one voucher taken twice; a basket half returned.

    The till reports in any order. What counts is when it happened.
    """
    day = [
        used("v-2", code, 6),
        {"type": "return", **RETURN},
        points("p-1", 20, 5),
        used("v-1", code, 2),
        bought(),
    ]
    assert send(till, *day) == [
        ("recorded", 0, "voucher_over_limit"),
        ("recorded", 5, ""),
        ("recorded", 20, "overdraft"),
        ("recorded", 0, ""),
        ("recorded", 12, ""),
    ]
    wallet = gloria.account.wallet
    assert (wallet.active, wallet.debt) == (0, 13)  # 12 - 20, and 5 more went back
    assert [use.over_limit for use in VoucherUse.objects.order_by("occurred_at")] == [False, True]
    lines = {item.kind: item for item in WorklistItem.objects.all()}
    assert set(lines) == {"overdraft", "voucher_over_limit"}
    assert lines["overdraft"].facts == {"points": 20, "missing": 8, "till": "till-1"}
    assert {item.account for item in lines.values()} == {gloria.account}


def test_the_debt_is_paid_by_what_is_earned_next(till: str, gloria: Member) -> None:
    send(till, bought(), points("p-1", 20))
    told("purchases", {**PURCHASE, "external_id": "T1-2026-0002"}, till)
    assert ledger.balance(gloria.account) == 4


def test_the_same_batch_again_gets_the_same_answer(till: str, gloria: Member, code: str) -> None:
    events = [bought(), points("p-1", 20), used("v-1", code), used("v-2", code)]
    first, again = (post("batches", {"events": events}, till) for _ in range(2))
    assert (first.status_code, first.content) == (200, again.content)
    assert (Purchase.objects.count(), VoucherUse.objects.count()) == (1, 2)
    assert Entry.objects.filter(kind="redeem").count() == 1
    assert WorklistItem.objects.count() == 2


def test_what_was_told_online_is_not_counted_again(till: str, gloria: Member, code: str) -> None:
    told("purchases", PURCHASE, till)
    told("points/redeem", {"card": CARD, "points": 5}, till, "p-1")
    told("vouchers/redeem", {"code": code}, till, "v-1")
    outcomes = send(till, bought(), points("p-1", 5), used("v-1", code))
    assert outcomes == [("recorded", 12, ""), ("recorded", 5, ""), ("recorded", 0, "")]
    assert ledger.balance(gloria.account) == 7
    assert VoucherUse.objects.count() == 1


def test_a_return_waits_for_its_purchase(till: str, gloria: Member) -> None:
    assert send(till, {"type": "return", **RETURN}) == [("waiting", 0, "")]
    told("purchases", PURCHASE, till)
    assert ledger.balance(gloria.account) == 7


@pytest.mark.parametrize(
    ("event", "code", "line"),
    [
        (bought(card="99"), "unknown_card", "unknown_card"),
        (bought(occurred_at="2999-01-01T00:00:00Z"), "clock_ahead", "clock_skew"),
        (bought(store_code="nowhere"), "not_recordable", "other"),
        (points("p-1", 5, card="99"), "unknown_card", "unknown_card"),
        (points("p-1", 5, card=""), "not_recordable", "other"),
        (points("p-1", 5, occurred_at="2999-01-01T00:00:00Z"), "clock_ahead", "clock_skew"),
        (used("v-1", "0" * 16), "voucher_refused", "other"),
    ],
)
def test_what_cannot_be_recorded_is_kept(
    till: str, gloria: Member, event: dict[str, Any], code: str, line: str
) -> None:
    assert send(till, event, bought(external_id="T1-9")) == [
        ("problem", 0, code),
        ("recorded", 12, ""),
    ]
    kept = OfflineEvent.objects.get(state="problem")
    assert {key: kept.body[key] for key in event if key in ("card", "code")} == {
        key: event[key] for key in event if key in ("card", "code")
    }
    assert WorklistItem.objects.get().kind == line


def test_a_blocked_card_and_too_much_returned_are_named(till: str, gloria: Member) -> None:
    told("purchases", PURCHASE, till)
    line = {"sku": "4711", "quantity": 3, "amount_minor": 100}
    assert send(till, {"type": "return", **RETURN, "lines": [line]})[0][2] == "more_returned"
    Card.objects.update(blocked_at=timezone.now())
    assert send(till, bought(external_id="T1-2"))[0][2] == "blocked_card"
    assert send(till, points("p-1", 1))[0][2] == "blocked_card"


def test_a_key_with_another_body_is_a_problem_of_its_own(till: str, gloria: Member) -> None:
    outcomes = send(till, bought(), points("p-1", 5, 2), points("p-1", 6, 3))
    assert outcomes[1:] == [("recorded", 5, ""), ("problem", 0, "key_reused")]
    assert ledger.balance(gloria.account) == 7


def test_staff_replay_an_event_once_its_cause_is_put_right(
    club: cast.Club, till: str, gloria: Member
) -> None:
    events = [bought(card="2000000000024")]
    assert send(till, *events) == [("problem", 0, "unknown_card")]
    event = offline.open_events(club.brand).get()
    assert offline.replay(event, club.marketer).code == "unknown_card"
    Card.objects.create(account=gloria.account, member=gloria, number="2000000000024")
    assert offline.replay(event, club.marketer).points == 12
    event.refresh_from_db()
    assert (event.state, event.body, event.settled_by) == ("recorded", {}, club.marketer)
    assert WorklistItem.objects.get().done_at
    # The till is still answered what it was answered.
    assert send(till, *events) == [("problem", 0, "unknown_card")]
    with pytest.raises(offline.NotOpen):
        offline.replay(event, club.marketer)


def test_staff_dismiss_what_did_not_happen(club: cast.Club, till: str, gloria: Member) -> None:
    send(till, points("p-1", 5, card="99"))
    event = offline.open_events(club.brand).get()
    with pytest.raises(ValueError, match="why"):
        offline.dismiss(event, club.marketer, " ")
    offline.dismiss(event, club.marketer, "A test of the till.")
    assert not offline.open_events(club.brand).exists()
    assert WorklistItem.objects.get().note == "A test of the till."


def test_what_was_stored_and_then_left_is_finished(
    till: str, gloria: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("loyalty.offline.batches.record_one", broken)
        with pytest.raises(RuntimeError):
            send(till, bought(), points("p-1", 5))
    assert OfflineEvent.objects.get(state="received").body
    later = timezone.now() + timedelta(hours=1)
    assert offline.finish(later) == 1
    assert send(till, points("p-1", 5)) == [("recorded", 5, "")]


def test_a_recorded_event_keeps_no_card(till: str, gloria: Member) -> None:
    send(till, bought(), points("p-1", 5))
    assert not any(event.body for event in OfflineEvent.objects.all())


def test_a_malformed_event_names_its_place(till: str, gloria: Member) -> None:
    answer = post("batches", {"events": [bought(), points("p-1", -5)]}, till)
    assert answer.status_code == 422
    assert b"events.1.points_redeemed.points" in answer.content
    assert not OfflineEvent.objects.exists()
    assert refused("batches", {"events": []}, till) == (422, "invalid")
    assert refused("batches", {"events": [points("p", 1)] * 1001}, till) == (422, "invalid")
