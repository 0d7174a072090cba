"""Many tills at the same moment: no limit is passed. Each promise has a control without its lock.

On PostgreSQL rows are locked. On SQLite every transaction takes the one write lock as it begins,
so the controls put transactions aside as well.
"""

from collections.abc import Callable
from contextlib import nullcontext
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from loyalty import (
    rate_limits,
    voucher_issuing,
    voucher_limits,
    voucher_pools,
    voucher_reservations,
    vouchers,
)
from loyalty.models import Offer, OfferTally, RateCounter, Voucher, VoucherReservation, VoucherUse
from loyalty.voucher_pools import NoCodesLeft
from loyalty.voucher_refusals import VoucherRefused
from loyalty.voucher_reservations import Request
from profiles.models import Account, Member
from tests import cast
from tests.loyalty.threads import at_once
from tests.loyalty.vouchers.given import asked, given

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

TILLS = 100 if connection.vendor == "postgresql" else 12


@pytest.fixture
def club(transactional_db: None, django_db_serialized_rollback: None) -> cast.Club:
    """The club, really committed, so that other connections see it."""
    return cast.club()


@pytest.fixture
def gloria(club: cast.Club) -> Member:
    """A plain regular."""
    return cast.gloria(club)


def _good(results: list[Any], good: type, refused: type[Exception] = VoucherRefused) -> int:
    """How many went well; every other one was refused as it should be."""
    others = {type(result) for result in results if not isinstance(result, good)}
    assert others <= {refused}, [r for r in results if not isinstance(r, (good, refused))]
    return sum(isinstance(result, good) for result in results)


def _crowd(club: cast.Club, offer: Offer, count: int) -> list[Voucher]:
    """So many members with a voucher of the offer each."""
    accounts = Account.objects.bulk_create(Account(brand=club.brand) for _ in range(count))
    members = Member.objects.bulk_create(Member(account=account) for account in accounts)
    vouchers.issue([offer.pk], [member.pk for member in members])
    return list(Voucher.objects.filter(offer=offer).order_by("pk"))


def _without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every statement stand for itself, with rows as they were read."""

    def look(code: str) -> Voucher | None:
        return Voucher.objects.select_related("offer", "member", "pool").filter(code=code).first()

    monkeypatch.setattr(transaction, "atomic", nullcontext)
    monkeypatch.setattr(vouchers, "_lock", look)
    monkeypatch.setattr(voucher_limits, "lock", look)


def _meeting(act: Callable[..., Any], count: int = 2) -> Callable[..., Any]:
    """The same function, whose callers wait for each other once they have its answer."""
    all_have_read = Barrier(count)

    def together(*args: Any, **facts: Any) -> Any:
        answer = act(*args, **facts)
        all_have_read.wait(timeout=10)
        return answer

    return together


def test_a_voucher_for_three_is_used_three_times(club: cast.Club, gloria: Member) -> None:
    voucher = given(cast.offer(club, uses_per_voucher=3), gloria)
    results = at_once(TILLS, lambda n: vouchers.use_once(asked(voucher.code, f"k-{n}")))
    assert _good(results, VoucherUse) == 3
    voucher.refresh_from_db()
    assert voucher.uses == VoucherUse.objects.count() == 3


def test_without_lock_and_claim_it_is_used_too_often(
    club: cast.Club, gloria: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    voucher = given(cast.offer(club), gloria)
    _without_locks(monkeypatch)

    def read_then_write(voucher: Voucher) -> bool:
        free = is_free(voucher)
        Voucher.objects.filter(pk=voucher.pk).update(uses=voucher.uses + 1)
        return bool(free)

    is_free = _meeting(voucher_limits.is_free)
    monkeypatch.setattr(vouchers, "_claim", read_then_write)
    results = at_once(2, lambda n: vouchers.use_once(asked(voucher.code, f"k-{n}")))
    assert _good(results, VoucherUse) == 2


def test_an_offer_is_used_exactly_as_often_as_all_may(club: cast.Club) -> None:
    offer = cast.offer(club, overall_limit=5)
    crowd = _crowd(club, offer, TILLS)
    results = at_once(TILLS, lambda n: vouchers.use_once(asked(crowd[n].code, f"k-{n}")))
    assert _good(results, VoucherUse) == 5
    assert OfferTally.objects.get(member=None).uses == VoucherUse.objects.count() == 5
    assert Voucher.objects.filter(uses=1).count() == 5


def test_without_the_tally_the_limit_is_passed(
    club: cast.Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = cast.offer(club, overall_limit=1)
    crowd = _crowd(club, offer, 2)
    _without_locks(monkeypatch)
    count = _meeting(lambda: VoucherUse.objects.filter(voucher__offer=offer).count())

    def read_then_write(offer: Offer, _member_id: int | None) -> None:
        if count() >= (offer.overall_limit or 0):
            raise VoucherRefused

    monkeypatch.setattr(vouchers, "claim_limits", read_then_write)
    results = at_once(2, lambda n: vouchers.use_once(asked(crowd[n].code, f"k-{n}")))
    assert _good(results, VoucherUse) == 2


def test_one_member_uses_many_vouchers_as_often_as_one_may(club: cast.Club, gloria: Member) -> None:
    offer = cast.offer(club, per_member_limit=3)
    codes = [
        vouchers.issue_one(offer, gloria, source="rewards", key=str(number)).code
        for number in range(TILLS)
    ]
    results = at_once(TILLS, lambda n: vouchers.use_once(asked(codes[n], f"k-{n}")))
    assert _good(results, VoucherUse) == 3
    assert OfferTally.objects.get(member=gloria).uses == 3


def _reserve_or_use(voucher: Voucher, number: int) -> Any:
    request = asked(voucher.code, f"k-{number}")
    return (vouchers.use_once, voucher_reservations.reserve)[number % 2](request)


def test_uses_and_reservations_share_what_there_is(club: cast.Club, gloria: Member) -> None:
    voucher = given(cast.offer(club, uses_per_voucher=3), gloria)
    results = at_once(TILLS, lambda number: _reserve_or_use(voucher, number))
    assert _good(results, (VoucherUse, VoucherReservation)) == 3  # type: ignore[arg-type]
    voucher.refresh_from_db()
    assert voucher.uses + VoucherReservation.objects.count() == 3


def test_without_the_lock_a_use_is_reserved_twice(
    club: cast.Club, gloria: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    voucher = given(cast.offer(club), gloria)
    _without_locks(monkeypatch)
    monkeypatch.setattr(voucher_limits, "is_free", _meeting(voucher_limits.is_free))
    results = at_once(2, lambda n: voucher_reservations.reserve(asked(voucher.code, f"k-{n}")))
    assert _good(results, VoucherReservation) == 2


def test_a_reservation_is_captured_or_released_never_both(club: cast.Club, gloria: Member) -> None:
    reservation = voucher_reservations.reserve(asked(given(cast.offer(club), gloria).code))

    def close(number: int) -> Any:
        act = (voucher_reservations.capture, voucher_reservations.release)[number % 2]
        return act(reservation, Request("till-1", f"c-{number}"))

    results = at_once(TILLS, close)
    captured = sum(isinstance(result, VoucherUse) for result in results)
    reservation.refresh_from_db()
    assert captured == VoucherUse.objects.count() == (reservation.state == "captured")
    reservation.voucher.refresh_from_db()
    assert reservation.voucher.uses == captured


def test_the_same_capture_from_every_till_is_one_use(club: cast.Club, gloria: Member) -> None:
    reservation = voucher_reservations.reserve(asked(given(cast.offer(club), gloria).code))
    results = at_once(
        TILLS, lambda _n: voucher_reservations.capture(reservation, Request("till-1", "c"))
    )
    assert set(results) == {VoucherUse.objects.get()}


def test_a_reservation_closed_by_whoever_read_it_open_is_captured_twice(
    club: cast.Club, gloria: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the claim on it, one reservation takes two uses of the voucher."""
    voucher = given(cast.offer(club, uses_per_voucher=3), gloria)
    reservation = voucher_reservations.reserve(asked(voucher.code))
    _without_locks(monkeypatch)
    read = _meeting(lambda: VoucherReservation.objects.get(pk=reservation.pk).state == "open")

    def close(_reservation: VoucherReservation, _state: str, **_facts: str) -> Voucher:
        assert read()
        return Voucher.objects.select_related("offer").get(pk=voucher.pk)

    monkeypatch.setattr(voucher_reservations, "_close", close)
    at_once(2, lambda n: voucher_reservations.capture(reservation, Request("till-1", f"c-{n}")))
    voucher.refresh_from_db()
    assert voucher.uses == 2


def _take(offer: Offer, member: Member, number: int) -> Voucher:
    return vouchers.issue_one(offer, member, source="rewards", key=f"a-{number}")


def test_the_last_codes_of_a_pool_are_given_once(club: cast.Club, gloria: Member) -> None:
    offer = cast.offer(club)
    voucher_pools.generate(voucher_pools.create(offer, "Autumn"), 3)
    results = at_once(TILLS, lambda number: _take(offer, gloria, number))
    assert _good(results, Voucher, NoCodesLeft) == 3
    assert len({result.pk for result in results if isinstance(result, Voucher)}) == 3


def test_without_lock_and_claim_the_last_code_is_given_twice(
    club: cast.Club, gloria: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = cast.offer(club)
    voucher_pools.generate(voucher_pools.create(offer, "Autumn"), 1)
    look = _meeting(lambda: Voucher.objects.filter(member=None).first())

    class Looked:
        first = staticmethod(look)

    def give_anyway(voucher: Voucher, facts: dict[str, Any]) -> bool:
        return bool(Voucher.objects.filter(pk=voucher.pk).update(**facts))

    monkeypatch.setattr(voucher_pools, "_next", lambda *_args: Looked)
    monkeypatch.setattr(voucher_pools, "_claim", give_anyway)
    monkeypatch.setattr(transaction, "atomic", nullcontext)
    results = at_once(2, lambda number: _take(offer, gloria, number))
    assert _good(results, Voucher) == 2
    assert len({result.pk for result in results}) == 1


def test_a_voucher_is_replaced_once_however_many_ask(club: cast.Club, gloria: Member) -> None:
    voucher = given(cast.offer(club), gloria)
    results = at_once(TILLS, lambda _number: voucher_issuing.reissue(voucher))
    assert set(results) == {Voucher.objects.get(replaces=voucher)}


def test_a_rate_is_exact_however_many_count(club: cast.Club) -> None:
    results = at_once(
        TILLS, lambda _n: rate_limits.spend("api", "till-1", 10, 3600, now=timezone.now())
    )
    assert sum(results) == 10


def test_a_rate_that_is_read_and_then_written_is_passed(club: cast.Club) -> None:
    rate_limits.spend("api", "till-1", 2, 3600)
    read = _meeting(lambda: not rate_limits.is_spent("api", "till-1", 2, 3600))

    def read_then_write() -> bool:
        if may := read():
            RateCounter.objects.update(count=F("count") + 1)
        return bool(may)

    assert at_once(2, lambda _n: read_then_write()) == [True, True]
