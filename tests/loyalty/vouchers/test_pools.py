"""Pools of codes: made or imported ahead, assigned one by one, and empty at some point."""

import pytest

from loyalty import voucher_pools, vouchers
from loyalty.models import Voucher, VoucherPool
from loyalty.voucher_pools import NoCodesLeft, left
from profiles.models import Member
from tests import cast
from tests.loyalty.vouchers.given import refusal, use


@pytest.fixture
def pool(club: cast.Club) -> VoucherPool:
    """Three codes of the Manchego offer."""
    pool = voucher_pools.create(cast.offer(club, uses_per_voucher=2), "Autumn")
    voucher_pools.generate(pool, 3)
    return pool


def _one(pool: VoucherPool, member: Member, key: str) -> Voucher:
    return vouchers.issue_one(pool.offer, member, source="rewards", key=key)


def test_generated_codes_are_good_for_what_the_offer_says(pool: VoucherPool) -> None:
    assert {(code.member, code.max_uses) for code in pool.vouchers.all()} == {(None, 2)}
    assert left(pool) == 3


def test_more_codes_than_a_million_are_not_made_at_once(pool: VoucherPool) -> None:
    for count in (0, voucher_pools.MOST_AT_ONCE + 1):
        with pytest.raises(ValueError, match="at once"):
            voucher_pools.generate(pool, count)


def test_a_member_gets_a_code_of_the_pool(pool: VoucherPool, gloria: Member) -> None:
    voucher = _one(pool, gloria, "a")
    assert (voucher.pool, voucher.member, left(pool)) == (pool, gloria, 2)
    assert refusal(use, voucher) is None


def test_the_same_request_gets_the_same_code(pool: VoucherPool, gloria: Member) -> None:
    assert _one(pool, gloria, "a") == _one(pool, gloria, "a") != _one(pool, gloria, "b")


def test_an_empty_pool_says_so(pool: VoucherPool, gloria: Member) -> None:
    for key in "abc":
        _one(pool, gloria, key)
    with pytest.raises(NoCodesLeft):
        _one(pool, gloria, "d")


def test_a_void_code_is_not_assigned(pool: VoucherPool, gloria: Member) -> None:
    for code in pool.vouchers.all()[:2]:
        vouchers.void(code)
    _one(pool, gloria, "a")
    with pytest.raises(NoCodesLeft):
        _one(pool, gloria, "b")


def test_bearer_codes_are_assigned_to_nobody(club: cast.Club, gloria: Member) -> None:
    pool = voucher_pools.create(cast.offer(club), "Leaflet", is_bearer=True)
    voucher_pools.generate(pool, 1)
    own = _one(pool, gloria, "a")
    assert (own.pool, left(pool)) == (None, 1)
    assert use(pool.vouchers.get()).member is None


def test_a_campaign_gives_codes_of_the_pool(pool: VoucherPool, club: cast.Club) -> None:
    members = [cast.gloria(club).pk, cast.felix(club).pk]
    assert vouchers.issue([pool.offer_id], members) == 2
    assert vouchers.issue([pool.offer_id], members) == 0
    given = Voucher.objects.filter(member__in=members)
    assert {(code.pool, code.origin) for code in given} == {(pool, "campaign")}


def test_too_few_codes_are_given_to_nobody(pool: VoucherPool, club: cast.Club) -> None:
    members = [member.pk for member in cast.everyone(club).values()]
    with pytest.raises(NoCodesLeft, match="4 voucher codes"):
        vouchers.issue([pool.offer_id], members)
    assert left(pool) == 3
