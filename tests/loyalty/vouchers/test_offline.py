"""A till that was offline tells what happened: kept, flagged, and no counter overrun."""

from datetime import timedelta

import pytest

from loyalty import vouchers
from loyalty.idempotency import KeyReused
from loyalty.models import OfferTally, RefusalReason, Voucher, VoucherUse
from loyalty.offer_terms import basket_of
from loyalty.vouchers import record_offline
from profiles.models import Member
from tests import cast
from tests.loyalty.vouchers.given import asked, given, refusal, use


@pytest.fixture
def voucher(club: cast.Club, gloria: Member) -> Voucher:
    """Gloria's voucher, for one use."""
    return given(cast.offer(club), gloria)


def _uses(voucher: Voucher) -> int:
    voucher.refresh_from_db()
    return voucher.uses


def test_a_use_that_was_in_order_is_a_use_like_any_other(voucher: Voucher) -> None:
    told = record_offline(asked(voucher.code))
    assert (told.over_limit, told.against, told.is_counted) == (False, "", True)
    assert _uses(voucher) == 1


def test_a_code_used_twice_is_kept_and_flagged(voucher: Voucher) -> None:
    use(voucher)
    told = record_offline(asked(voucher.code, value_minor=200))
    assert (told.over_limit, told.against, told.is_counted) == (True, "used", False)
    assert (_uses(voucher), VoucherUse.objects.count(), told.value_minor) == (1, 2, 200)


def test_a_use_beyond_the_offers_limit_is_kept_and_takes_nothing(
    club: cast.Club, gloria: Member
) -> None:
    offer = cast.offer(club, overall_limit=1)
    use(given(offer, cast.felix(club)))
    mine = given(offer, gloria)
    told = record_offline(asked(mine.code))
    assert (told.against, told.is_counted) == ("limit_reached", False)
    assert (_uses(mine), OfferTally.objects.get(member=None).uses) == (0, 1)


def test_what_was_expired_takes_its_use_all_the_same(voucher: Voucher) -> None:
    late = voucher.offer.valid_until + timedelta(minutes=1)
    told = record_offline(asked(voucher.code, occurred_at=late))
    assert (told.over_limit, told.against, told.is_counted) == (True, "expired", True)
    assert _uses(voucher) == 1


def test_what_was_given_at_the_counter_goes_before_the_arithmetic(
    club: cast.Club, gloria: Member
) -> None:
    voucher = given(cast.offer(club, minimum_minor=5_000), gloria)
    basket = basket_of(club.brand, "EUR", [("4711", 1, 1_000)])
    told = record_offline(asked(voucher.code, basket=basket, value_minor=150))
    assert (told.against, told.value_minor, told.is_counted) == ("minimum_basket", 150, True)


def test_telling_it_again_changes_nothing(voucher: Voucher) -> None:
    use(voucher)
    first = record_offline(asked(voucher.code, "o-1"))
    assert record_offline(asked(voucher.code, "o-1")) == first
    with pytest.raises(KeyReused):
        record_offline(asked(voucher.code, "o-1", request_hash="another"))


def test_a_code_that_does_not_exist_is_refused_and_recorded(club: cast.Club) -> None:
    assert refusal(record_offline, asked("NOSUCHCODE")) == RefusalReason.UNKNOWN
    assert [row.reason for row in vouchers.why_refused("NOSUCHCODE")] == ["unknown"]
