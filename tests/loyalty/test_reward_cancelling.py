"""Staff confirm or refuse; a cancellation brings back all that the redemption took."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loyalty import audit, ledger, reward_closing, rewards, voucher_reservations, vouchers
from loyalty.models import Entry, LoyaltyRules, Redemption, Reward, Voucher
from profiles.models import Account, Member
from tests import cast
from tests.loyalty.books import check_books, earn
from tests.loyalty.reward_cast import picture, reward, rich, take
from tests.loyalty.vouchers.given import asked, refusal, use


def test_what_staff_confirm_sets_the_points_aside(club: cast.Club, gloria: Member) -> None:
    account = rich(gloria, 150)
    one = reward(club, fulfilment="staff", stock=1, offer=cast.offer(club))
    requested = take(gloria, one)
    assert (requested.state, requested.voucher, requested.entry) == ("requested", None, None)
    assert ledger.balance(account) == 50
    assert Reward.objects.get().left == 0
    check_books(account)


def test_fulfilling_spends_the_points_and_gives_the_voucher(
    club: cast.Club, gloria: Member
) -> None:
    account = rich(gloria, 150)
    requested = take(gloria, reward(club, fulfilment="staff", offer=cast.offer(club)))
    fulfilled = rewards.fulfil(requested, club.marketer)
    assert (fulfilled.state, fulfilled.fulfilled_by) == ("fulfilled", club.marketer)
    assert fulfilled.entry is not None
    assert fulfilled.entry.kind == Entry.Kind.REDEEM
    assert fulfilled.voucher == Voucher.objects.get()
    assert rewards.fulfil(requested, club.approver).fulfilled_by == club.marketer
    assert ledger.balance(account) == 50
    check_books(account)


def test_refusing_is_as_if_nobody_had_asked(club: cast.Club, gloria: Member) -> None:
    account = rich(gloria)
    one = reward(club, fulfilment="staff", stock=1)
    before = picture(account, one)
    requested = take(gloria, one)
    refused = rewards.refuse(requested, club.marketer, "Not in the shop")
    assert (refused.state, refused.cancelled_by) == ("cancelled", club.marketer)
    assert refused.cancel_reason == "Not in the shop"
    assert picture(account, one) == before
    check_books(account)
    with pytest.raises(rewards.NotOpen):
        rewards.fulfil(requested, club.marketer)


def test_what_was_fulfilled_is_cancelled_not_refused(club: cast.Club, gloria: Member) -> None:
    rich(gloria)
    redemption = take(gloria, reward(club))
    with pytest.raises(rewards.NotOpen):
        rewards.refuse(redemption, club.marketer, "Too late")


@pytest.mark.parametrize("fulfilment", ["instant", "staff"])
def test_cancelling_is_as_if_nothing_had_happened(
    club: cast.Club, gloria: Member, fulfilment: str
) -> None:
    account = rich(gloria, 60)
    now = timezone.now()
    earn(account, 70, "sooner", now, expires_at=now + timedelta(days=30))
    earn(account, 80, "never", now)
    one = reward(club, fulfilment=fulfilment, stock=3, offer=cast.offer(club))
    before = picture(account, one)
    redemption = take(gloria, one)
    assert picture(account, one) != before
    if fulfilment == "staff":
        rewards.fulfil(redemption, club.marketer)
    cancelled = rewards.cancel(redemption, club.marketer, "Broken")
    assert picture(account, one) == before
    voucher = Voucher.objects.get()
    assert (voucher.void_reason, voucher.void_note) == ("cancelled", "Broken")
    assert cancelled.state == "cancelled"
    assert rewards.cancel(redemption, club.approver, "Again") == cancelled
    assert picture(account, one) == before
    check_books(account)
    assert list(audit.differences()) == []


def test_a_used_voucher_keeps_its_points_spent(club: cast.Club, gloria: Member) -> None:
    account = rich(gloria)
    redemption = take(gloria, reward(club, stock=1, offer=cast.offer(club)))
    assert redemption.voucher is not None
    use(redemption.voucher)
    with pytest.raises(rewards.VoucherInUse):
        rewards.cancel(redemption, club.marketer, "Changed my mind")
    assert ledger.balance(account) == 900
    assert Reward.objects.get().left == 0
    assert Redemption.objects.get().state == "fulfilled"


def test_a_voucher_at_a_till_keeps_its_points_spent(club: cast.Club, gloria: Member) -> None:
    account = rich(gloria)
    redemption = take(gloria, reward(club, offer=cast.offer(club)))
    assert redemption.voucher is not None
    voucher_reservations.reserve(asked(redemption.voucher.code))
    with pytest.raises(rewards.VoucherInUse):
        rewards.cancel(redemption, club.marketer, "Changed my mind")
    assert ledger.balance(account) == 900


def test_the_code_that_replaced_the_voucher_is_void_as_well(
    club: cast.Club, gloria: Member
) -> None:
    rich(gloria)
    redemption = take(gloria, reward(club, offer=cast.offer(club)))
    assert redemption.voucher is not None
    other = vouchers.reissue(redemption.voucher)
    rewards.cancel(redemption, club.marketer, "Broken")
    assert refusal(use, other) == "void"


def test_a_used_replacement_keeps_its_points_spent(club: cast.Club, gloria: Member) -> None:
    rich(gloria)
    redemption = take(gloria, reward(club, offer=cast.offer(club)))
    assert redemption.voucher is not None
    use(vouchers.reissue(redemption.voucher))
    with pytest.raises(rewards.VoucherInUse):
        rewards.cancel(redemption, club.marketer, "Broken")


@pytest.mark.parametrize(("grace_days", "left"), [(0, 0), (14, 100)])
def test_points_that_have_ended_meanwhile_live_on_for_the_grace(
    club: cast.Club, gloria: Member, grace_days: int, left: int
) -> None:
    account = rich(gloria, 100)
    LoyaltyRules.objects.create(brand=club.brand, grace_days=grace_days)
    redemption = take(gloria, reward(club))
    late = timezone.now() + timedelta(days=400)
    rewards.cancel(redemption, club.marketer, "Lost", now=late)
    assert ledger.balance(account, late) == left
    assert ledger.balance(account, late + timedelta(days=15)) == 0


def test_points_come_back_to_a_household_that_was_merged(
    club: cast.Club, gloria: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    bruno = cast.bruno(club)
    rich(bruno, 300)
    rich(gloria, 300)
    instant = take(bruno, reward(club))
    waiting = take(bruno, reward(club, "mug", fulfilment="staff"))
    ledger.transfer(bruno.account, gloria.account, "test", "merge", reason="Married")
    locked: list[Account] = []
    monkeypatch.setattr(reward_closing, "lock_wallet", locked.append)
    rewards.cancel(instant, club.marketer, "Broken")
    rewards.refuse(waiting, club.marketer, "None left")
    assert locked == [gloria.account] * 2
    assert ledger.balance(gloria.account) == 600
    check_books(gloria.account)


def test_cancelling_needs_a_reason(club: cast.Club, gloria: Member) -> None:
    rich(gloria)
    with pytest.raises(ValueError, match="reason"):
        rewards.cancel(take(gloria, reward(club)), club.marketer, " ")


def test_what_was_taken_without_a_limit_gives_no_stock_back(
    club: cast.Club, gloria: Member
) -> None:
    rich(gloria)
    one = reward(club)
    unlimited = take(gloria, one)
    Reward.objects.update(stock=1)
    take(gloria, one)
    rewards.cancel(unlimited, club.marketer, "Broken")
    assert Reward.objects.get().left == 0
