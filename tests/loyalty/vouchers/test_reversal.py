"""When the purchase is returned, the voucher can be used again, if its offer says so."""

import pytest

from loyalty.idempotency import KeyReused
from loyalty.models import Offer, OfferTally, VoucherUseReversal
from loyalty.vouchers import NotReturnable, record_offline, reverse_use
from profiles.models import Member
from tests import cast
from tests.loyalty.vouchers.given import asked, given, refusal, use


@pytest.fixture
def offer(club: cast.Club) -> Offer:
    """An offer that comes back, for one use in all."""
    return cast.offer(club, comes_back=True, overall_limit=1, per_member_limit=1)


def test_an_undone_use_is_free_again(offer: Offer, gloria: Member) -> None:
    voucher = given(offer, gloria)
    reverse_use(use(voucher), "till-1", "back-1")
    assert set(OfferTally.objects.values_list("uses", flat=True)) == {0}
    assert refusal(use, voucher) is None


def test_a_use_is_undone_once(offer: Offer, gloria: Member) -> None:
    Offer.objects.update(overall_limit=2, per_member_limit=2, uses_per_voucher=2)
    voucher = given(offer, gloria)
    first, _second = use(voucher), use(voucher)
    undone = reverse_use(first, "till-1", "back-1")
    assert reverse_use(first, "till-1", "back-1") == undone == reverse_use(first, "till-2", "b")
    voucher.refresh_from_db()
    assert (voucher.uses, VoucherUseReversal.objects.count()) == (1, 1)


def test_a_key_undoes_one_use(offer: Offer, gloria: Member) -> None:
    Offer.objects.update(overall_limit=2, per_member_limit=2, uses_per_voucher=2)
    voucher = given(offer, gloria)
    first, second = use(voucher), use(voucher)
    reverse_use(first, "till-1", "back-1")
    with pytest.raises(KeyReused):
        reverse_use(second, "till-1", "back-1")


def test_what_took_no_use_gives_none_back(offer: Offer, gloria: Member) -> None:
    voucher = given(offer, gloria)
    use(voucher)
    reverse_use(record_offline(asked(voucher.code)), "till-1", "back-1")
    voucher.refresh_from_db()
    assert voucher.uses == 1


def test_an_offer_may_keep_what_was_used(club: cast.Club, gloria: Member) -> None:
    made = use(given(cast.offer(club), gloria))
    with pytest.raises(NotReturnable):
        reverse_use(made, "till-1", "back-1")
