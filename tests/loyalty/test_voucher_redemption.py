"""A voucher is used as often as it may be, while its offer is valid, and told apart by nobody."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from loyalty import purchases, vouchers
from loyalty.idempotency import KeyReused
from loyalty.models import OfferProduct, Product, Voucher, VoucherUse
from loyalty.signals import voucher_redeemed
from loyalty.voucher_codes import grouped, new_code, read_code
from profiles.models import Member
from tests import cast
from tests.loyalty.books import basket


def _issue(club: cast.Club, member: Member, **facts: Any) -> Voucher:
    offer = cast.offer(club, **facts)
    vouchers.issue([offer.pk], [member.pk])
    return Voucher.objects.get(offer=offer, member=member)


def _use(code: str, key: str = "k-1", at: datetime | None = None, **more: Any) -> VoucherUse:
    return vouchers.redeem("till-1", key, code, f"hash of {code}", at or timezone.now(), **more)


def test_a_code_is_eighty_random_bits_in_letters_that_cannot_be_mistaken() -> None:
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert {len(code) for code in codes} == {16}
    assert not set("".join(codes)) & set("ILOU")


def test_a_code_is_read_as_people_write_it() -> None:
    code = "0123456789ABCDEF"
    assert read_code(" o123-4567-89ab-cdef ") == code
    assert grouped(code) == "0123-4567-89AB-CDEF"


def test_issuing_again_changes_nothing(club: cast.Club, gloria: Member) -> None:
    voucher = _issue(club, gloria)
    assert vouchers.issue([voucher.offer_id], [gloria.pk]) == 0
    assert Voucher.objects.get().code == voucher.code


def test_a_voucher_works_once(club: cast.Club, gloria: Member) -> None:
    voucher = _issue(club, gloria)
    use = _use(grouped(voucher.code).lower())
    assert (use.voucher, use.value_minor, use.currency) == (voucher, 200, "EUR")
    with pytest.raises(vouchers.VoucherRefused):
        _use(voucher.code, key="k-2")
    assert VoucherUse.objects.count() == 1


def test_a_voucher_with_two_uses_works_twice(club: cast.Club, gloria: Member) -> None:
    voucher = _issue(club, gloria, uses_per_voucher=2)
    _use(voucher.code)
    _use(voucher.code, key="k-2")
    with pytest.raises(vouchers.VoucherRefused):
        _use(voucher.code, key="k-3")


def test_repeating_the_last_use_gives_the_same_answer(club: cast.Club, gloria: Member) -> None:
    voucher = _issue(club, gloria)
    assert _use(voucher.code) == _use(voucher.code)
    voucher.refresh_from_db()
    assert voucher.uses == 1


def test_the_same_key_with_another_code_is_refused(club: cast.Club, gloria: Member) -> None:
    first, second = _issue(club, gloria), _issue(club, gloria, key="bread")
    _use(first.code)
    with pytest.raises(KeyReused):
        _use(second.code)
    second.refresh_from_db()
    assert second.uses == 0


def test_validity_is_judged_when_it_happened(club: cast.Club, gloria: Member) -> None:
    """An offline till reports today what it accepted while the offer was valid."""
    voucher = _issue(club, gloria)
    end = timezone.now() - timedelta(hours=1)
    type(voucher.offer).objects.update(valid_until=end)
    with pytest.raises(vouchers.VoucherRefused):
        _use(voucher.code)
    with pytest.raises(vouchers.VoucherRefused):
        _use(voucher.code, at=end)
    assert _use(voucher.code, at=end - timedelta(seconds=1)).pk


def test_a_released_voucher_is_refused_until_it_is_issued_again(
    club: cast.Club, gloria: Member
) -> None:
    voucher = _issue(club, gloria)
    assert vouchers.release([voucher.offer_id], [gloria.pk]) == 1
    with pytest.raises(vouchers.VoucherRefused):
        _use(voucher.code)
    vouchers.issue([voucher.offer_id], [gloria.pk])
    assert _use(voucher.code).voucher == voucher


def test_percent_counts_for_the_offers_articles_only(club: cast.Club, gloria: Member) -> None:
    voucher = _issue(club, gloria, kind="percent", percent=15)
    OfferProduct.objects.create(
        offer=voucher.offer, product=Product.objects.get(sku="4711", brand=club.brand)
    )
    data = basket(euros=7)
    data = purchases.PurchaseData(
        **{**data.__dict__, "lines": (*data.lines, purchases.LineData("4712", 1, 999))}
    )
    purchase = purchases.record(club.brand, "till-1", data, "hash")
    assert _use(voucher.code, purchase=purchase).value_minor == 105


def test_upper_apps_hear_of_a_use(club: cast.Club, gloria: Member) -> None:
    heard: list[VoucherUse] = []

    def hear(use: VoucherUse, **_news: object) -> None:
        heard.append(use)

    voucher = _issue(club, gloria)
    voucher_redeemed.connect(hear)
    try:
        use = _use(voucher.code)
        _use(voucher.code)
    finally:
        voucher_redeemed.disconnect(hear)
    assert heard == [use]
