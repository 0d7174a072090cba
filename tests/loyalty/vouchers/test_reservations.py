"""A till sets a use aside, then takes it or lets it go; what ran out holds nothing."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from loyalty import voucher_reservations, vouchers
from loyalty.idempotency import KeyReused
from loyalty.models import RefusalReason, Voucher, VoucherReservation, VoucherUse
from loyalty.voucher_reservations import Request, ReservationClosed, capture, release, reserve
from profiles.models import Brand, Member
from tests import cast
from tests.loyalty.vouchers.given import asked, given, refusal, use

NOW = timezone.now()
LATER = voucher_reservations.LASTS + timedelta(seconds=1)


@pytest.fixture
def voucher(club: cast.Club, gloria: Member) -> Voucher:
    """Gloria's voucher, for one use."""
    return given(cast.offer(club), gloria)


def _request(key: str = "c-1", body: str = "") -> Request:
    return Request("till-1", key, body)


def _reserve(voucher: Voucher, key: str = "r-1", **facts: Any) -> VoucherReservation:
    return reserve(asked(voucher.code, key, **facts))


def test_a_reserved_use_is_captured(voucher: Voucher, gloria: Member) -> None:
    made = capture(_reserve(voucher), _request())
    assert (made.value_minor, made.member, made.source) == (200, gloria, "till-1")
    voucher.refresh_from_db()
    assert (voucher.uses, made.reservation.state) == (1, "captured")  # type: ignore[union-attr]


def test_nobody_else_gets_a_reserved_use(voucher: Voucher) -> None:
    _reserve(voucher)
    assert refusal(use, voucher) == RefusalReason.RESERVED
    assert refusal(_reserve, voucher, "r-2") == RefusalReason.RESERVED


def test_a_released_use_is_free_again(voucher: Voucher) -> None:
    reservation = _reserve(voucher)
    assert release(reservation, _request("x-1")).state == "released"
    assert refusal(use, voucher) is None


def test_a_reservation_ends_at_its_moment_without_any_job(voucher: Voucher) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        reservation = _reserve(voucher, occurred_at=NOW)
        clock.shift(voucher_reservations.LASTS - timedelta(seconds=1))
        assert voucher_reservations.is_live(reservation)
        assert refusal(use, voucher, occurred_at=NOW) == RefusalReason.RESERVED
        clock.shift(timedelta(seconds=1))
        assert not voucher_reservations.is_live(reservation)
        assert refusal(use, voucher, occurred_at=NOW) is None


def test_what_ran_out_is_captured_only_while_a_use_is_free(voucher: Voucher) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        first = _reserve(voucher)
        clock.shift(LATER)
        second = _reserve(voucher, "r-2")
        assert refusal(capture, first, _request()) == RefusalReason.RESERVED
        clock.shift(LATER)
        assert capture(first, _request()).reservation == first
        assert refusal(capture, second, _request("c-2")) == RefusalReason.USED


def test_the_same_request_has_one_effect(voucher: Voucher) -> None:
    reservation = _reserve(voucher)
    assert _reserve(voucher) == reservation
    first = capture(reservation, _request())
    assert capture(reservation, _request()) == first
    assert _reserve(voucher) == reservation
    assert VoucherUse.objects.count() == VoucherReservation.objects.count() == 1


def test_a_key_with_another_body_is_refused(club: cast.Club, voucher: Voucher) -> None:
    reservation = _reserve(voucher)
    with pytest.raises(KeyReused):
        _reserve(voucher, request_hash="another")
    capture(reservation, _request())
    with pytest.raises(KeyReused):
        capture(reservation, _request(body="another"))


def test_a_key_releases_one_reservation(club: cast.Club, voucher: Voucher, gloria: Member) -> None:
    other = _reserve(given(cast.offer(club, "bread"), gloria), "r-2")
    release(_reserve(voucher), _request("x-1"))
    with pytest.raises(KeyReused):
        release(other, _request("x-1"))
    other.refresh_from_db()
    assert other.state == "open"


def test_what_is_closed_stays_closed(voucher: Voucher) -> None:
    reservation = _reserve(voucher)
    release(reservation, _request("x-1"))
    assert release(reservation, _request("x-2")).state == "released"
    with pytest.raises(ReservationClosed):
        capture(reservation, _request())
    second = _reserve(voucher, "r-2")
    capture(second, _request("c-2"))
    with pytest.raises(ReservationClosed):
        release(second, _request("x-3"))


def test_a_voucher_voided_meanwhile_is_not_captured(voucher: Voucher) -> None:
    reservation = _reserve(voucher)
    vouchers.void(voucher)
    assert refusal(capture, reservation, _request()) == RefusalReason.VOID
    reservation.refresh_from_db()
    assert reservation.state == "open"


def test_a_reservation_is_found_by_its_number_within_its_brand(
    club: cast.Club, voucher: Voucher
) -> None:
    reservation = _reserve(voucher)
    assert voucher_reservations.find(club.brand, reservation.public_id) == reservation
    other = Brand.objects.create(name="Other", slug="other", sender_email="o@other.example")
    assert voucher_reservations.find(other, reservation.public_id) is None
