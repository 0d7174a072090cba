"""Who came by whose code, who refers themselves, and when both sides are paid."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from loyalty import audit, ledger, referrals, returns
from loyalty.models import (
    Entry,
    LoyaltyRules,
    Purchase,
    Referral,
    ReferralCode,
    ReferralRule,
    Refund,
)
from profiles.models import Account, Brand, Card, Member
from tests import cast
from tests.loyalty.books import check_books
from tests.loyalty.referral_cast import (
    NOW,
    bought,
    brought,
    day,
    newcomer,
    paid,
    returned,
    rule,
)


@pytest.fixture
def gloria(club: cast.Club) -> Member:
    """A regular since long before."""
    return newcomer(club, "Gloria", day(-400))


def test_a_code_is_short_and_stays(gloria: Member) -> None:
    code = referrals.code_of(gloria)
    assert len(code) == 8
    assert code.isalnum()
    assert referrals.code_of(gloria) == code == ReferralCode.objects.get().code
    assert referrals.referral_link_path(gloria) == f"/friend/{code[:4]}-{code[4:]}/"


def test_another_members_code_is_never_given_again(
    club: cast.Club, gloria: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = iter(["AAAAAAAAXX", "AAAAAAAAYY", "BBBBBBBBXX"])
    monkeypatch.setattr(referrals, "new_code", lambda: next(codes))
    other = newcomer(club, "Hugo", NOW)
    assert [referrals.code_of(one) for one in (gloria, other)] == ["AAAAAAAA", "BBBBBBBB"]


@pytest.mark.parametrize("typed", [str.lower, lambda code: f" {code[:4]} {code[4:]}"])
def test_a_code_may_be_typed_as_one_reads_it(club: cast.Club, gloria: Member, typed: Any) -> None:
    rule(club)
    code = referrals.code_of(gloria)
    attached = referrals.attach(newcomer(club, "Hugo", NOW), typed(code), NOW)
    assert attached is not None
    assert (attached.referrer, attached.state) == (gloria, "waiting")


@pytest.mark.parametrize("code", ["", "AAAAAAAA", "\x00", "x" * 500, "AAAA\x00AAA", "ÁÁÁÁÁÁÁÁ"])
def test_an_unknown_code_brings_nothing(club: cast.Club, gloria: Member, code: str) -> None:
    rule(club)
    assert referrals.attach(newcomer(club, "Hugo", NOW), code, NOW) is None


def test_another_brands_code_brings_nothing(club: cast.Club, gloria: Member) -> None:
    rule(club)
    code = referrals.code_of(gloria)
    facts = {"sender_name": "O", "sender_email": "o@other.example", "postal_address": "-"}
    other = Brand.objects.create(name="Other", slug="other", **facts)
    Account.objects.filter(pk=gloria.account_id).update(brand=other)
    assert referrals.attach(newcomer(club, "Hugo", NOW), code, NOW) is None


def test_without_a_rule_a_code_brings_nothing(club: cast.Club, gloria: Member) -> None:
    rule(club, valid_until=NOW)
    hugo = newcomer(club, "Hugo", NOW)
    assert referrals.attach(hugo, referrals.code_of(gloria), NOW) is None


def test_a_friend_stays_with_who_came_first(club: cast.Club, gloria: Member) -> None:
    first = brought(club, gloria, "Hugo")
    other = newcomer(club, "Ines", day(-30))
    assert referrals.attach(first.referred, referrals.code_of(other), NOW) == first


def test_both_are_paid_once_the_window_is_over(club: cast.Club, gloria: Member) -> None:
    one = brought(club, gloria, "Hugo")
    bought(one.referred, 30, day(4))
    one.refresh_from_db()
    assert (one.state, one.pays_at) == ("qualified", day(18))
    assert referrals.pay_due(day(18) - timedelta(seconds=1)) == 0
    assert referrals.pay_due(day(18)) == 1
    assert paid(gloria, one.referred) == (200, 100)
    assert referrals.pay_due(day(18)) == referrals.pay_due(day(99)) == 0
    assert paid(gloria, one.referred) == (200, 100)
    one.refresh_from_db()
    assert one.referrer_entry is not None
    assert one.referrer_entry.reason == "You brought a friend"
    assert referrals.friends_of(gloria) == referrals.Friends(waiting=0, paid=1, points=200)
    check_books(gloria.account)
    assert list(audit.differences()) == []


def test_a_purchase_that_nobody_told_of_is_found(club: cast.Club, gloria: Member) -> None:
    one = brought(club, gloria, "Hugo")
    bought(one.referred, 30, day(4), told=False)
    assert referrals.pay_due(day(4)) == 0
    assert referrals.pay_due(day(18)) == 1


@pytest.mark.parametrize(
    ("euros", "facts"),
    [
        (0, {}),
        (9, {}),
        (30, {"currency": "GBP"}),
        (30, {"at": day(-1)}),
    ],
    ids=["empty", "too small", "another currency", "before joining"],
)
def test_what_is_no_real_purchase_does_not_count(
    club: cast.Club, gloria: Member, euros: int, facts: dict[str, Any]
) -> None:
    one = brought(club, gloria, "Hugo", minimum_minor=1_000)
    bought(one.referred, euros, **{"at": day(1), **facts})
    assert referrals.pay_due(day(99)) == 0
    one.refresh_from_db()
    assert one.state == "waiting"


def test_what_somebody_else_of_the_household_bought_does_not_count(
    club: cast.Club, gloria: Member
) -> None:
    one = brought(club, gloria, "Hugo")
    ines = newcomer(club, "Ines", NOW)
    Member.objects.filter(pk=ines.pk).update(account=one.referred.account)
    ines.refresh_from_db()
    bought(ines, 30, day(1))
    assert referrals.pay_due(day(99)) == 0
    bought(one.referred, 30, day(2), member=None)
    assert referrals.pay_due(day(99)) == 1


def test_what_was_returned_does_not_count_and_the_next_does(
    club: cast.Club, gloria: Member
) -> None:
    one = brought(club, gloria, "Hugo", minimum_minor=1_000)
    first = bought(one.referred, 30, day(4))
    returned(first, 2_500)
    assert referrals.pay_due(day(30)) == 0
    one.refresh_from_db()
    assert (one.state, one.purchase) == ("waiting", None)
    second = bought(one.referred, 10, day(31))
    assert referrals.pay_due(day(44)) == 0
    assert referrals.pay_due(day(45)) == 1
    one.refresh_from_db()
    assert one.purchase == second


def test_a_return_that_leaves_enough_is_none(club: cast.Club, gloria: Member) -> None:
    one = brought(club, gloria, "Hugo", minimum_minor=1_000)
    returned(bought(one.referred, 30, day(4)), 2_000)
    assert referrals.pay_due(day(30)) == 1


def test_a_real_return_at_the_till_counts(club: cast.Club, gloria: Member) -> None:
    """As the till tells it, purchase, return and all."""
    one = brought(club, gloria, "Hugo")
    purchase = bought(one.referred, 30, day(4))
    line = purchase.lines.create(position=0, quantity=1, amount_minor=3_000)
    told = returns.ReturnData(
        external_id="r-1",
        occurred_at=day(5),
        currency="EUR",
        lines=(returns.ReturnedLine(1, 3_000, position=line.position),),
        purchase_external_id=purchase.external_id,
    )
    returns.record(club.brand, purchase.source, told, now=day(5))
    assert Refund.objects.get().purchase == purchase
    assert referrals.pay_due(day(30)) == 0


def test_the_wait_is_the_brands_return_window(club: cast.Club, gloria: Member) -> None:
    LoyaltyRules.objects.create(brand=club.brand, return_days=30)
    one = brought(club, gloria, "Hugo")
    bought(one.referred, 30, day(0))
    assert referrals.pay_due(day(29)) == 0
    assert referrals.pay_due(day(30)) == 1


def test_a_friend_is_paid_by_the_version_that_brought_them(club: cast.Club, gloria: Member) -> None:
    one = brought(club, gloria, "Hugo")
    rule(club, valid_from=day(1), referrer_points=1, referred_points=0)
    later = brought(club, gloria, "Ines", at=day(2), new_rule=False)
    for friend in (one, later):
        bought(friend.referred, 30, day(3))
    assert referrals.pay_due(day(30)) == 2
    assert paid(one.referred, later.referred) == (100, 0)
    assert ledger.balance(gloria.account, day(31)) == 201


@pytest.mark.parametrize(("days", "left"), [(9, 100), (10, 0)])
def test_points_last_as_long_as_the_rule_says(
    club: cast.Club, gloria: Member, days: int, left: int
) -> None:
    one = brought(club, gloria, "Hugo", valid_days=10)
    bought(one.referred, 30, day(0))
    referrals.pay_due(day(14))
    assert ledger.balance(one.referred.account, day(14 + days)) == left


def test_a_year_pays_for_so_many_friends(club: cast.Club, gloria: Member) -> None:
    rule(club, max_per_year=2)
    friends = [brought(club, gloria, f"F{n}", new_rule=False) for n in range(3)]
    for friend in friends:
        bought(friend.referred, 30, day(0))
    assert referrals.pay_due(day(14)) == 3
    assert ledger.balance(gloria.account, day(15)) == 400
    assert paid(*(friend.referred for friend in friends)) == (100, 100, 100)
    assert list(Referral.objects.order_by("pk").values_list("referrer_unpaid", flat=True)) == [
        "", "", "limit",
    ]  # fmt: skip
    later = brought(club, gloria, "Late", at=day(380), new_rule=False)
    bought(later.referred, 30, day(380))
    referrals.pay_due(day(394))
    assert ledger.balance(gloria.account, day(395)) == 600


@pytest.mark.parametrize("status", ["left", "erased"])
def test_who_has_left_is_not_paid(club: cast.Club, gloria: Member, status: str) -> None:
    one = brought(club, gloria, "Hugo")
    bought(one.referred, 30, day(0))
    Member.objects.filter(pk=gloria.pk).update(status=status)
    assert referrals.pay_due(day(14)) == 1
    assert paid(gloria, one.referred) == (0, 100)
    one.refresh_from_db()
    assert (one.referrer_unpaid, one.referred_unpaid) == ("left", "")


def test_when_both_have_left_nobody_is_paid(club: cast.Club, gloria: Member) -> None:
    one = brought(club, gloria, "Hugo")
    bought(one.referred, 30, day(0))
    Member.objects.update(status="left")
    assert referrals.pay_due(day(14)) == 0
    one.refresh_from_db()
    assert (one.state, one.reason) == ("blocked", "left")
    assert not Entry.objects.filter(source="referral").exists()


def test_who_has_not_confirmed_is_waited_for(club: cast.Club, gloria: Member) -> None:
    one = brought(club, gloria, "Hugo")
    bought(one.referred, 30, day(0))
    Member.objects.filter(pk=one.referred_id).update(status="pending")
    assert referrals.pay_due(day(14)) == 0
    Member.objects.filter(pk=one.referred_id).update(status="active")
    assert referrals.pay_due(day(15)) == 1


def test_many_are_paid_chunk_by_chunk(
    club: cast.Club, gloria: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyalty.referral_payment.CHUNK", 2)
    rule(club, max_per_year=4)
    for number in range(5):
        bought(brought(club, gloria, f"F{number}", new_rule=False).referred, 30, day(0))
    assert referrals.pay_due(day(14)) == 5
    assert ledger.balance(gloria.account, day(15)) == 800


@pytest.mark.parametrize(
    "wrong",
    [
        {"referrer_points": 9_000},
        {"waiting_days": 3},
    ],
    ids=["worth too much", "paid before the window is over"],
)
def test_a_rule_that_promises_too_much_is_refused(club: cast.Club, wrong: dict[str, Any]) -> None:
    facts = {"referrer_points": 1, "referred_points": 0, "valid_from": NOW, **wrong}
    with pytest.raises(ValidationError):
        ReferralRule(brand=club.brand, **facts).clean()


def test_a_version_by_which_friends_came_is_not_edited(club: cast.Club, gloria: Member) -> None:
    version = brought(club, gloria, "Hugo").rule
    version.referred_points = 5
    with pytest.raises(ValidationError):
        version.clean()


def _blocked(referrer: Member, referred: Member, at: datetime = NOW) -> str:
    attached = referrals.attach(referred, referrals.code_of(referrer), at)
    assert attached is not None
    return attached.reason


@pytest.mark.parametrize(
    ("mine", "other", "blocked"),
    [
        ("gloria.ruiz@example.com", "gloria.ruiz+club@example.com", True),
        ("gloria.ruiz@example.com", "gloriaruiz@example.com", True),
        ("gloriaruiz@gmail.com", "Gloria.Ruiz+2@googlemail.com", True),
        ("gloria@example.com", "gloria@example.org", False),
        ("gloria@example.com", "maria@example.com", False),
        ("", "", False),
    ],
)
def test_one_mailbox_is_one_person(club: cast.Club, mine: str, other: str, blocked: bool) -> None:
    rule(club)
    one = newcomer(club, "Gloria", day(-9), email=mine)
    reason = _blocked(one, newcomer(club, "Hugo", NOW, email=other))
    assert reason == ("same_address" if blocked else "")


@pytest.mark.parametrize(
    ("mine", "other", "blocked"),
    [
        ("+34 600 123 456", "600-123-456", True),
        ("0034600123456", "+34600123456", True),
        ("600123456", "600123457", False),
        ("12", "12", False),
        ("", "", False),
    ],
)
def test_one_phone_is_one_person(club: cast.Club, mine: str, other: str, blocked: bool) -> None:
    rule(club)
    one = newcomer(club, "Gloria", day(-9), phone=mine)
    reason = _blocked(one, newcomer(club, "Hugo", NOW, phone=other))
    assert reason == ("same_phone" if blocked else "")


def test_nobody_brings_themselves(club: cast.Club, gloria: Member) -> None:
    rule(club)
    assert _blocked(gloria, gloria) == "same_account"


def test_nobody_brings_their_household(club: cast.Club, gloria: Member) -> None:
    rule(club)
    hugo = newcomer(club, "Hugo", NOW)
    Member.objects.filter(pk=hugo.pk).update(account=gloria.account)
    hugo.refresh_from_db()
    assert _blocked(gloria, hugo) == "same_account"


def test_a_card_of_both_is_one_person(club: cast.Club, gloria: Member) -> None:
    rule(club)
    hugo = newcomer(club, "Hugo", NOW)
    Card.objects.filter(member=hugo).update(member=gloria)
    assert _blocked(gloria, hugo) == "same_card"


def test_who_joined_later_brought_nobody(club: cast.Club, gloria: Member) -> None:
    rule(club)
    assert _blocked(newcomer(club, "Hugo", NOW), gloria) == "joined_later"


def test_two_do_not_bring_each_other(club: cast.Club) -> None:
    rule(club)
    one, other = newcomer(club, "Hugo", NOW), newcomer(club, "Ines", NOW)
    assert _blocked(one, other) == ""
    assert _blocked(other, one) == "circular"


def test_who_was_here_before_is_not_brought(club: cast.Club, gloria: Member) -> None:
    rule(club)
    customer, back = newcomer(club, "Hugo", NOW), newcomer(club, "Ines", NOW)
    bought(customer, 30, day(-3))
    Member.objects.filter(pk=back.pk).update(left_at=day(-2))
    back.refresh_from_db()
    assert _blocked(gloria, customer) == _blocked(gloria, back) == "not_new"


def test_one_friend_is_not_brought_twice(club: cast.Club, gloria: Member) -> None:
    rule(club)
    assert _blocked(gloria, newcomer(club, "Hugo", NOW, email="hugo@example.com")) == ""
    again = newcomer(club, "Hugo", NOW, email="hugo+2@example.com")
    assert _blocked(gloria, again) == "not_new"


def test_who_has_left_brings_nobody(club: cast.Club, gloria: Member) -> None:
    rule(club)
    code = referrals.code_of(gloria)
    Member.objects.filter(pk=gloria.pk).update(status="left")
    attached = referrals.attach(newcomer(club, "Hugo", NOW), code, NOW)
    assert attached is not None
    assert (attached.state, attached.reason) == ("blocked", "left")


def test_what_shows_only_later_blocks_the_payment(club: cast.Club, gloria: Member) -> None:
    one = brought(club, gloria, "Hugo")
    bought(one.referred, 30, day(0))
    Member.objects.filter(pk__in=[gloria.pk, one.referred_id]).update(phone="600123456")
    assert referrals.pay_due(day(14)) == 0
    one.refresh_from_db()
    assert (one.state, one.reason) == ("blocked", "same_phone")
    assert not Entry.objects.filter(source="referral").exists()


def test_accounts_that_merged_meanwhile_are_not_paid(club: cast.Club, gloria: Member) -> None:
    one = brought(club, gloria, "Hugo")
    bought(one.referred, 30, day(0))
    ledger.transfer(one.referred.account, gloria.account, "test", "merge", reason="Married")
    assert referrals.pay_due(day(14)) == 0
    one.refresh_from_db()
    assert one.reason == "same_account"


def test_a_purchase_of_nobodys_friend_changes_nothing(club: cast.Club, gloria: Member) -> None:
    purchase = bought(gloria, 30, timezone.now(), told=False)
    referrals.on_purchase(purchase)
    assert not Referral.objects.exists()
    assert Purchase.objects.count() == 1
