"""A till's day as a worked example: who is it, what did they buy, what are their points worth."""

import json

import pytest
from django.utils import timezone

from loyalty import ledger
from loyalty.models import Entry, Hold, Voucher, VoucherUse
from loyalty.vouchers import issue
from profiles.models import Member
from tests import cast
from tests.loyalty.api.calling import CARD, PURCHASE, RETURN, post, refused, told


@pytest.fixture
def rich(till: str, gloria: Member) -> str:
    """Gloria with 100 points; her account as a till knows it."""
    give(gloria, 100)
    return str(gloria.account.public_id)


def give(member: Member, points: int) -> None:
    """Let a member earn points out of nothing."""
    parcel = ledger.Parcel(points, timezone.now())
    ledger.earn(member.account, [parcel], "test", "gift", occurred_at=timezone.now())


def test_identify_buy_quote_redeem_return(till: str, gloria: Member) -> None:
    who = told("identify", {"card": CARD}, till)
    assert (who["name"], who["balance"], who["tier"]) == ("G…", 0, None)
    assert told("purchases", PURCHASE, till)["points"] == 12
    account = {"account": who["account"]}
    quoted = told("points/quote", {**account, "currency": "EUR", "total_minor": 10}, till)
    assert quoted == {"balance": 12, "points": 10, "worth_minor": 10, "currency": "EUR"}
    redeemed = told("points/redeem", {**account, "points": 10}, till)
    assert (redeemed["worth_minor"], redeemed["balance"]) == (10, 2)
    back = told("returns", RETURN, till)
    assert back["points_back"] == 5
    # Two were left; three of the five had been spent and stand as debt.
    assert told("identify", {"card": CARD}, till)["balance"] == 0
    gloria.account.wallet.refresh_from_db()
    assert gloria.account.wallet.debt == 3


@pytest.mark.parametrize("by", ["phone", "email", "qr"])
def test_a_member_is_known_by_more_than_a_card(till: str, gloria: Member, by: str) -> None:
    from loyalty.identifying import qr_of
    from profiles.phones import normalise

    Member.objects.filter(pk=gloria.pk).update(phone="600123123", phone_key=normalise("600123123"))
    shown = {"phone": "600 123 123", "email": "GLORIA@example.com", "qr": qr_of(gloria)}
    who = told("identify", {by: shown[by]}, till)
    assert who["account"] == str(gloria.account.public_id)


def test_identifying_tells_a_till_no_more_than_it_needs(till: str, gloria: Member) -> None:
    text = post("identify", {"card": CARD}, till).content.decode()
    for secret in ("Gloria", "Ruiz", "gloria@", CARD):
        assert secret not in text


def test_guessing_members_is_slowed_down(till: str, gloria: Member) -> None:
    answers = [refused("identify", {"card": f"20{n:011}"}, till) for n in range(100, 161)]
    assert answers[0] == (404, "not_identified")
    assert answers[-1] == (429, "too_many")
    assert refused("identify", {"card": CARD}, till) == (429, "too_many")


def test_a_repeated_redemption_gets_the_very_same_answer(till: str, rich: str) -> None:
    body = {"account": rich, "points": 30}
    first = post("points/redeem", body, till)
    told("points/redeem", {"account": rich, "points": 5}, till, "k-2")
    again = post("points/redeem", body, till)
    assert (first.status_code, first.content) == (200, again.content)
    assert Entry.objects.filter(kind="redeem").count() == 2


def test_a_key_with_other_points_is_a_conflict(till: str, rich: str) -> None:
    told("points/redeem", {"account": rich, "points": 30}, till)
    for path, points in (("points/redeem", 31), ("points/hold", 30)):
        assert refused(path, {"account": rich, "points": points}, till) == (409, "key_reused")


def test_more_points_than_there_are_are_refused(till: str, rich: str) -> None:
    body = {"account": rich, "points": 101}
    assert refused("points/redeem", body, till) == (409, "not_enough_points")
    assert refused("points/hold", body, till, "k-2") == (409, "not_enough_points")
    assert not Entry.objects.filter(kind="redeem").exists()


def test_a_hold_is_captured_or_released_once(till: str, rich: str) -> None:
    held = told("points/hold", {"account": rich, "points": 40}, till, "h-1")
    hold = f"points/hold/{held['hold']}"
    assert told(f"{hold}/capture", {}, till, "h-2")["balance"] == 60
    assert told(f"{hold}/capture", {}, till, "h-2")["balance"] == 60
    assert refused(f"{hold}/release", {}, till, "h-3") == (409, "over")
    other = told("points/hold", {"account": rich, "points": 10}, till, "h-4")
    assert told(f"points/hold/{other['hold']}/release", {}, till, "h-5")["balance"] == 60
    assert Hold.objects.filter(state="open").count() == 0


def test_a_hold_of_another_brand_does_not_exist(till: str, rich: str) -> None:
    assert refused("points/hold/4711/capture", {}, till) == (404, "unknown")


def test_points_of_nobody(till: str, gloria: Member) -> None:
    assert refused("points/redeem", {"card": "99", "points": 1}, till) == (404, "not_identified")
    nobody = "00000000-0000-4000-8000-000000000000"
    assert refused("points/redeem", {"account": nobody, "points": 1}, till) == (404, "unknown")
    assert refused("points/redeem", {"points": 1}, till) == (404, "unknown")


BASKET = {"currency": "EUR", "lines": [{"sku": "4711", "quantity": 1, "amount_minor": 1000}]}


@pytest.fixture
def codes(club: cast.Club, gloria: Member) -> list[str]:
    """Gloria's two euros and ten per cent, in the opposite of their order."""
    ten = cast.offer(club, "ten", kind="percent", percent=10, amount_minor=None, stacking_order=2)
    two = cast.offer(club, "two", stacking_order=1)
    issue([ten.pk, two.pk], [gloria.pk])
    return [Voucher.objects.get(offer=offer).code for offer in (ten, two)]


def test_vouchers_are_quoted_in_stacking_order(till: str, codes: list[str]) -> None:
    body = {"codes": [*codes, "0" * 16, codes[0]], "basket": BASKET}
    quoted = told("vouchers/quote", body, till)
    found = [(one["code"], one["usable"], one["value_minor"]) for one in quoted["discounts"]]
    assert found == [
        (codes[1], True, 200),
        (codes[0], True, 80),
        ("0" * 16, False, 0),
        (codes[0], False, 0),
    ]
    assert (quoted["discount_minor"], quoted["to_pay_minor"]) == (280, 720)
    assert not VoucherUse.objects.exists()


def test_trying_codes_by_quoting_is_slowed_down(till: str, codes: list[str]) -> None:
    told("vouchers/quote", {"codes": [f"{n:016}" for n in range(20)], "basket": BASKET}, till)
    quoted = told("vouchers/quote", {"codes": codes, "basket": BASKET}, till)
    assert not any(one["usable"] for one in quoted["discounts"])
    assert refused("vouchers/redeem", {"code": codes[0]}, till) == (404, "voucher_refused")


def test_a_reservation_is_captured_once(till: str, codes: list[str]) -> None:
    reserved = told("vouchers/reserve", {"code": codes[1], "basket": BASKET}, till, "r-1")
    assert reserved["value_minor"] == 200
    assert refused("vouchers/redeem", {"code": codes[1]}, till, "r-2") == (404, "voucher_refused")
    capture = f"vouchers/{reserved['reservation']}/capture"
    first, again = (post(capture, {"value_minor": 150}, till, "r-3") for _ in range(2))
    assert (first.status_code, first.content) == (200, again.content)
    assert json.loads(first.content)["value_minor"] == 150
    release = f"vouchers/{reserved['reservation']}/release"
    assert refused(release, {}, till, "r-4") == (409, "over")


def test_a_released_reservation_frees_its_voucher(till: str, codes: list[str]) -> None:
    reserved = told("vouchers/reserve", {"code": codes[1]}, till, "r-1")
    release = f"vouchers/{reserved['reservation']}/release"
    assert told(release, {}, till, "r-2") == told(release, {}, till, "r-2")
    assert told("vouchers/redeem", {"code": codes[1]}, till, "r-3")["value_minor"] == 200


def test_an_edited_offer_changes_no_answer_that_was_given(till: str, codes: list[str]) -> None:
    first = post("vouchers/redeem", {"code": codes[1]}, till)
    voucher = Voucher.objects.get(code=codes[1])
    voucher.offer.title = {"en": "Something else"}
    voucher.offer.save()
    assert post("vouchers/redeem", {"code": codes[1]}, till).content == first.content


def test_another_members_card_does_not_help(club: cast.Club, till: str, codes: list[str]) -> None:
    other = cast.ana(club)
    body = {"code": codes[1], "account": str(other.account.public_id)}
    assert refused("vouchers/redeem", body, till) == (404, "voucher_refused")
