"""One refusal outwards; the service desk sees why, and who guesses is turned away."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from loyalty import voucher_pools, voucher_refusals, vouchers
from loyalty.models import RefusalReason, Voucher, VoucherRefusal
from loyalty.voucher_refusals import GUESSES, GUESSING_SECONDS, VoucherRefused, why_refused
from profiles.models import Brand, Member, Store
from tests import cast
from tests.loyalty.vouchers.given import asked, given, refusal, use

NOW = timezone.now()


@pytest.fixture
def voucher(club: cast.Club, gloria: Member) -> Voucher:
    """Gloria's voucher, for one use."""
    return given(cast.offer(club), gloria)


def _why(voucher: Voucher) -> list[str]:
    return [row.reason for row in why_refused(voucher.code)]


def _guess(number: int) -> Any:
    return refusal(vouchers.use_once, asked(f"NOSUCHCODE{number:06}"))


def test_every_reason_reads_the_same() -> None:
    assert len({str(VoucherRefused(reason)) for reason in RefusalReason}) == 1


def test_the_service_desk_sees_when_where_and_why(voucher: Voucher, corner: Store) -> None:
    use(voucher)
    assert refusal(use, voucher, store=corner) == RefusalReason.USED
    (row,) = why_refused(vouchers.grouped(voucher.code).lower())
    assert (row.reason, row.store, row.source, row.voucher) == ("used", corner, "till-1", voucher)


def test_each_reason_is_recorded(voucher: Voucher) -> None:
    offer = voucher.offer
    refusal(use, voucher, occurred_at=offer.valid_from - timedelta(seconds=1))
    refusal(use, voucher, occurred_at=offer.valid_until)
    other = Brand.objects.create(name="Other", slug="other", sender_email="o@other.example")
    refusal(use, voucher, brand=other)
    vouchers.void(voucher)
    refusal(use, voucher)
    assert _why(voucher) == ["void", "other_brand", "expired", "not_yet"]


def test_a_code_typed_wrong_is_kept_as_a_hash_only(voucher: Voucher) -> None:
    wrong = voucher.code[:-1] + ("0" if voucher.code[-1] != "0" else "1")
    refusal(vouchers.use_once, asked(wrong))
    assert [row.reason for row in why_refused(wrong)] == ["unknown"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM loyalty_voucherrefusal")
        assert wrong not in str(cursor.fetchall())


def test_somebody_elses_personal_voucher_is_refused(club: cast.Club, voucher: Voucher) -> None:
    assert refusal(use, voucher, member=cast.felix(club)) == RefusalReason.OTHER_MEMBER
    assert refusal(use, voucher, member=voucher.member) is None


def test_the_household_may_use_it(club: cast.Club, voucher: Voucher, gloria: Member) -> None:
    partner = cast.felix(club)
    Member.objects.filter(pk=partner.pk).update(account=gloria.account)
    partner.refresh_from_db()
    assert use(voucher, member=partner).member == gloria


def test_a_code_that_waits_in_a_pool_is_refused(club: cast.Club) -> None:
    voucher_pools.generate(voucher_pools.create(cast.offer(club), "Autumn"), 1)
    assert refusal(use, Voucher.objects.get()) == RefusalReason.NOT_ASSIGNED


def test_who_guesses_is_refused_good_codes_too(voucher: Voucher) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        tried = {_guess(number) for number in range(GUESSES)}
        assert tried == {RefusalReason.UNKNOWN}
        assert refusal(use, voucher) == RefusalReason.THROTTLED
        assert _why(voucher) == ["throttled"]
        clock.shift(timedelta(seconds=2 * GUESSING_SECONDS))
        assert refusal(use, voucher, occurred_at=NOW) is None


def test_guessing_on_does_not_fill_the_table(voucher: Voucher) -> None:
    with time_machine.travel(NOW, tick=False):
        assert {_guess(n) for n in range(GUESSES, 3 * GUESSES)} >= {RefusalReason.THROTTLED}
    assert VoucherRefusal.objects.count() == GUESSES


def test_guesses_of_one_source_are_not_held_against_another(voucher: Voucher) -> None:
    with time_machine.travel(NOW, tick=False):
        for number in range(GUESSES):
            _guess(number)
        redeemed = vouchers.redeem("till-2", "k", voucher.code, "hash", NOW)
    assert redeemed.voucher == voucher


def test_a_repeated_request_is_answered_while_its_source_is_throttled(voucher: Voucher) -> None:
    with time_machine.travel(NOW, tick=False):
        first = use(voucher, "k-1")
        for number in range(GUESSES):
            _guess(number)
        assert use(voucher, "k-1") == first


def test_old_refusals_are_forgotten(voucher: Voucher) -> None:
    use(voucher)
    refusal(use, voucher)
    assert voucher_refusals.forget(timezone.now() - timedelta(days=1)) == 0
    assert voucher_refusals.forget(timezone.now()) == 1
