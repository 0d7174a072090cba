"""Many at the same moment: the last one goes once, limits hold, points are spent once.

Each promise has a control that shows the race it stops. On PostgreSQL rows are locked. On SQLite
every transaction takes the one write lock as it begins, which keeps the promise on its own.
"""

from collections.abc import Callable
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from loyalty import (
    audit,
    ledger,
    reward_catalogue,
    reward_checks,
    reward_closing,
    reward_stock,
    rewards,
    voucher_limits,
    vouchers,
)
from loyalty.models import Entry, Redemption, Reward, RewardTally, Voucher, VoucherUse, Wallet
from profiles.models import Account, Member
from tests import cast
from tests.loyalty.books import check_books, earn
from tests.loyalty.reward_cast import amount, reward, rich, take
from tests.loyalty.threads import at_once
from tests.loyalty.vouchers.given import use

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

ONE_WRITER = connection.vendor == "sqlite"
MANY, SOME = (12, 12) if ONE_WRITER else (100, 50)


@pytest.fixture
def club(transactional_db: None, django_db_serialized_rollback: None) -> cast.Club:
    """The club, really committed, so that other connections see it."""
    return cast.club()


@pytest.fixture
def gloria(club: cast.Club) -> Member:
    """A plain regular."""
    return cast.gloria(club)


def _crowd(club: cast.Club, count: int) -> list[Member]:
    """So many members with a hundred points each."""
    accounts = Account.objects.bulk_create(Account(brand=club.brand) for _ in range(count))
    members = Member.objects.bulk_create(
        Member(account=account, status="active") for account in accounts
    )
    for member in members:
        earn(member.account, 100, f"c-{member.pk}", timezone.now())
    return members


def _good(results: list[Any], *refused: type[Exception]) -> int:
    """How many took one; every other one was refused as it should be."""
    good = [one for one in results if isinstance(one, Redemption)]
    others = [one for one in results if not isinstance(one, Redemption)]
    assert {type(one) for one in others} <= set(refused), others
    return len(good)


def _meeting(act: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, whose two callers wait for each other once they have its answer."""
    both_have_read = Barrier(2)

    def together(*args: Any, **facts: Any) -> Any:
        answer = act(*args, **facts)
        try:
            both_have_read.wait(timeout=1 if ONE_WRITER else 10)
        except BrokenBarrierError:
            assert ONE_WRITER
        return answer

    return together


def test_the_last_one_goes_once(club: cast.Club) -> None:
    crowd = _crowd(club, MANY)
    one = reward(club, stock=1, offer=cast.offer(club))
    results = at_once(MANY, lambda number: take(crowd[number], one))
    assert _good(results, rewards.OutOfStock) == 1
    assert RewardTally.objects.get().taken == Redemption.objects.count() == 1
    assert Voucher.objects.count() == 1
    assert Entry.objects.filter(kind="redeem").count() == 1
    assert list(audit.differences()) == []


def test_without_the_claim_the_last_one_goes_twice(
    club: cast.Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = _crowd(club, 2)
    one = reward(club, stock=1)
    RewardTally.objects.create(reward=one)
    taken = _meeting(lambda: RewardTally.objects.get().taken)

    def read_then_write(reward: Reward) -> bool:
        before = taken()
        RewardTally.objects.update(taken=before + 1)
        return bool(before < (reward.stock or 0))

    monkeypatch.setattr(reward_stock, "_claim", read_then_write)
    results = at_once(2, lambda number: take(crowd[number], one))
    assert _good(results, rewards.OutOfStock) == (1 if ONE_WRITER else 2)


@pytest.mark.parametrize("limit", [1, 3])
def test_a_household_takes_exactly_as_many_as_it_may(
    club: cast.Club, gloria: Member, limit: int
) -> None:
    account = rich(gloria, 100_000)
    one = reward(club, limit_per_account=limit)
    results = at_once(SOME, lambda _number: take(gloria, one))
    assert _good(results, rewards.LimitReached) == limit
    assert ledger.balance(account) == 100_000 - 100 * limit
    check_books(account)


def test_without_the_wallets_lock_a_household_takes_too_many(
    club: cast.Club, gloria: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    rich(gloria, 100_000)
    one = reward(club, limit_per_account=1)
    monkeypatch.setattr(rewards, "lock_wallet", lambda _account: None)
    monkeypatch.setattr(rewards, "taker_of", _meeting(reward_checks.taker_of))
    results = at_once(2, lambda _number: take(gloria, one))
    assert _good(results, rewards.LimitReached) == (1 if ONE_WRITER else 2)


def test_the_last_points_buy_one_of_two_rewards(club: cast.Club, gloria: Member) -> None:
    account = rich(gloria, 100)
    pair = [reward(club, "tote", stock=SOME), reward(club, "mug", fulfilment="staff")]
    results = at_once(SOME, lambda number: take(gloria, pair[number % 2]))
    assert _good(results, rewards.PointsMissing) == 1
    assert ledger.balance(account) == 0
    check_books(account)
    assert list(audit.differences()) == []


def test_the_same_request_from_everywhere_takes_one(club: cast.Club, gloria: Member) -> None:
    account = rich(gloria)
    one = reward(club, stock=9, offer=cast.offer(club))
    results = at_once(SOME, lambda _number: take(gloria, one, "the same"))
    assert {getattr(result, "pk", result) for result in results} == {Redemption.objects.get().pk}
    assert ledger.balance(account) == 900
    assert Reward.objects.get().left == 8


def test_a_key_that_two_households_share_serves_one(club: cast.Club) -> None:
    crowd = _crowd(club, 2)
    one = reward(club, stock=9)
    results = at_once(2, lambda number: take(crowd[number], one, "the same"))
    assert sum(isinstance(result, Redemption) for result in results) == 1
    assert Reward.objects.get().left == 8
    assert list(audit.differences()) == []


def test_a_request_is_fulfilled_or_refused_never_both(club: cast.Club, gloria: Member) -> None:
    account = rich(gloria)
    requested = take(gloria, reward(club, fulfilment="staff", stock=1, offer=cast.offer(club)))

    def close(number: int) -> Any:
        if number % 2:
            return rewards.fulfil(requested, club.marketer)
        return rewards.refuse(requested, club.marketer, "None left")

    results = at_once(SOME, close)
    assert _good(results, rewards.NotOpen) == SOME // 2
    requested.refresh_from_db()
    kept = requested.state == "fulfilled"
    assert ledger.balance(account) == (900 if kept else 1_000)
    assert Voucher.objects.filter(voided_at=None).count() == kept
    assert Reward.objects.get().left == (0 if kept else 1)
    check_books(account)


def test_cancelling_from_everywhere_gives_back_once(club: cast.Club, gloria: Member) -> None:
    account = rich(gloria)
    redemption = take(gloria, reward(club, stock=2))
    results = at_once(SOME, lambda _n: rewards.cancel(redemption, club.marketer, "Broken"))
    assert _good(results) == SOME
    assert ledger.balance(account) == 1_000
    assert Reward.objects.get().left == 2
    check_books(account)


def test_a_voucher_is_used_or_its_points_come_back_never_both(
    club: cast.Club, gloria: Member
) -> None:
    account = rich(gloria, 100_000)
    one = reward(club, offer=cast.offer(club))
    taken = [take(gloria, one) for _ in range(10)]

    def act(number: int) -> Any:
        redemption = taken[number // 2]
        assert redemption.voucher is not None
        if number % 2:
            return use(redemption.voucher)
        return rewards.cancel(redemption, club.marketer, "Broken")

    results = at_once(20, act)
    expected = (Redemption, VoucherUse, rewards.VoucherInUse, vouchers.VoucherRefused)
    assert all(isinstance(result, expected) for result in results), results
    used = VoucherUse.objects.count()
    assert used + Redemption.objects.filter(state="cancelled").count() == 10
    assert ledger.balance(account) == 100_000 - 100 * used
    check_books(account)


def test_without_the_vouchers_lock_both_happen(
    club: cast.Club, gloria: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = rich(gloria)
    redemption = take(gloria, reward(club, offer=cast.offer(club)))
    voucher = redemption.voucher
    assert voucher is not None
    was_used: list[Any] = []

    def use_meanwhile(_number: int) -> VoucherUse:
        if ONE_WRITER:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA busy_timeout = 100")
        return use(voucher)

    def look(pk: int) -> Voucher:
        found = Voucher.objects.get(pk=pk)
        # At this very moment it is used at a till, on a connection of its own.
        was_used.extend(at_once(1, use_meanwhile))
        return found

    monkeypatch.setattr(voucher_limits, "lock_again", look)
    assert rewards.cancel(redemption, club.marketer, "Broken").state == "cancelled"
    # SQLite's write lock, taken when a transaction begins, keeps the promise on its own.
    assert isinstance(was_used[0], OperationalError if ONE_WRITER else VoucherUse)
    assert ledger.balance(account) == 1_000


def test_taking_cancelling_and_using_never_wait_in_a_circle(club: cast.Club) -> None:
    """Two rewards in both orders, cancelled and used meanwhile: no deadlock, all books right."""
    crowd = _crowd(club, 10)
    for member in crowd:
        rich(member, 10_000)
    offer = cast.offer(club, overall_limit=1_000)
    pair = [reward(club, key, stock=1_000, offer=offer) for key in ("tote", "mug")]

    def act(number: int) -> Any:
        member = crowd[number % len(crowd)]
        first, second = (take(member, pair[(number + turn) % 2]) for turn in (0, 1))
        assert first.voucher is not None
        use(first.voucher)
        return rewards.cancel(second, club.marketer, "Broken")

    results = at_once(SOME, act)
    assert _good(results) == SOME
    assert sum(RewardTally.objects.values_list("taken", flat=True)) == SOME
    for member in crowd:
        check_books(member.account)
    assert list(audit.differences()) == []


def test_what_the_catalogue_shows_is_one_state(club: cast.Club, gloria: Member) -> None:
    """Reading needs no lock: a wallet that is written meanwhile is not waited for."""
    rich(gloria)
    reward(club)
    with transaction.atomic():
        Wallet.objects.select_for_update().get(account=gloria.account)
        if not ONE_WRITER:
            rows = at_once(1, lambda _n: reward_catalogue.catalogue(gloria.account))[0]
            assert [row.can_be_taken for row in rows] == [True]


def test_redemptions_lock_in_the_order_they_say(
    club: cast.Club, gloria: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wallet, stock, voucher: for taking and for cancelling."""
    order: list[str] = []

    def told(module: Any, name: str, word: str) -> None:
        act = getattr(module, name)

        def tell(*args: Any, **facts: Any) -> Any:
            order.append(word)
            return act(*args, **facts)

        monkeypatch.setattr(module, name, tell)

    told(rewards, "lock_wallet", "wallet")
    told(reward_closing, "lock_wallet", "wallet")
    told(reward_stock, "take", "stock")
    told(reward_stock, "give_back", "stock")
    told(vouchers, "issue_one", "voucher")
    told(voucher_limits, "lock_again", "voucher")
    rich(gloria)
    one = reward(club, stock=1, offer=cast.offer(club))
    redemption = rewards.redeem(gloria, amount(one), "portal", "k")
    rewards.cancel(redemption, club.marketer, "Broken")
    assert order == ["wallet", "stock", "voucher"] * 2
