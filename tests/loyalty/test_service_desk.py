"""What the service desk does for members: alone within limits, with a second person above them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction

from loyalty import audit, ledger, service_desk, vouchers
from loyalty.counter import NotRecordable
from loyalty.idempotency import KeyReused
from loyalty.models import Entry, LoyaltyRules, Purchase, ServiceLimits, ServiceRequest, Voucher
from loyalty.purchases import LineData, record
from loyalty.service_desk import (
    AlreadyCredited,
    AlreadyDecided,
    AlreadyReplaced,
    Asked,
    MayNotDecide,
    adjust_points,
    approve,
    credit_receipt,
    reissue_voucher,
)
from loyalty.service_receipts import Receipt, only_total
from profiles.models import Brand, Member, Store, User
from tests import cast
from tests.cast import Club
from tests.loyalty.books import basket, check_books, earn

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
MONDAY = date(2026, 3, 16)


@pytest.fixture
def clerk(club: Club) -> User:
    """Marta, at the desk."""
    return club.marketer


@pytest.fixture
def second(club: Club) -> User:
    """Pablo, who decides."""
    club.approver.user_permissions.add(Permission.objects.get(codename="decide_servicerequest"))
    return User.objects.get(pk=club.approver.pk)


@pytest.fixture
def paper(corner: Store) -> Receipt:
    """Twelve euros at the corner on Monday."""
    return Receipt(corner, MONDAY, "0042", (LineData("4711", 1, 1200),))


def _asked(by: User, key: str = "k-1", now: datetime = NOW) -> Asked:
    return Asked(by, "Showed the paper", key, now)


def _sound(member: Member) -> None:
    check_books(member.account)
    assert list(audit.differences()) == []


def test_a_missing_receipt_earns_like_any_other(
    clerk: User, gloria: Member, paper: Receipt
) -> None:
    request = credit_receipt(_asked(clerk), gloria, paper)
    assert (request.state, request.decided_by, request.requested_by) == ("approved", None, clerk)
    purchase = Purchase.objects.get()
    assert request.purchase == purchase
    assert (purchase.member, purchase.source, purchase.total_minor) == (gloria, "service", 1200)
    assert purchase.occurred_at == datetime(2026, 3, 16, 12, tzinfo=UTC)
    assert ledger.balance(gloria.account, NOW) == 12
    _sound(gloria)


def test_a_receipt_of_which_only_the_sum_is_readable(
    clerk: User, gloria: Member, paper: Receipt
) -> None:
    credit_receipt(_asked(clerk), gloria, replace(paper, lines=only_total(950)))
    assert ledger.balance(gloria.account, NOW) == 9


def test_the_same_request_again_is_the_same(clerk: User, gloria: Member, paper: Receipt) -> None:
    first = credit_receipt(_asked(clerk), gloria, paper)
    assert credit_receipt(_asked(clerk), gloria, paper) == first
    with pytest.raises(KeyReused):
        credit_receipt(_asked(clerk), gloria, replace(paper, number="43"))
    assert ledger.balance(gloria.account, NOW) == 12


@pytest.mark.parametrize("number", ["0042", "42", " 0 042 "])
def test_a_receipt_is_credited_once_for_anyone(
    club: Club, clerk: User, gloria: Member, paper: Receipt, number: str
) -> None:
    credit_receipt(_asked(clerk), gloria, paper)
    with pytest.raises(AlreadyCredited):
        credit_receipt(_asked(clerk, "k-2"), cast.bruno(club), replace(paper, number=number))
    assert Purchase.objects.count() == ServiceRequest.objects.count() == 1


@pytest.mark.parametrize("number", ["0042", "42", "000042"])
def test_a_receipt_that_a_till_told_of_is_refused(
    club: Club, clerk: User, gloria: Member, paper: Receipt, number: str
) -> None:
    at = datetime(2026, 3, 16, 18, tzinfo=UTC)
    record(club.brand, "till-1", basket(number, at=at, store_code="01"))
    with pytest.raises(AlreadyCredited):
        credit_receipt(_asked(clerk), cast.bruno(club), paper)
    assert not ServiceRequest.objects.exists()


@pytest.mark.parametrize(
    ("number", "day", "store"), [("43", 16, "01"), ("42", 17, "01"), ("42", 16, "02")]
)
def test_another_number_day_or_store_is_another_receipt(
    club: Club, clerk: User, gloria: Member, paper: Receipt, number: str, day: int, store: str
) -> None:
    Store.objects.create(brand=club.brand, code="02", name="Market")
    at = datetime(2026, 3, day, 18, tzinfo=UTC)
    record(club.brand, "till-1", basket(number, 7, at=at, store_code=store))
    assert credit_receipt(_asked(clerk), gloria, paper).state == "approved"


def test_the_day_is_that_of_the_brand(
    club: Club, clerk: User, gloria: Member, paper: Receipt
) -> None:
    Brand.objects.filter(pk=club.brand.pk).update(time_zone="America/New_York")
    corner = Store.objects.get(pk=paper.store.pk)
    at = datetime(2026, 3, 17, 2, tzinfo=UTC)  # still Monday evening there
    record(corner.brand, "till-1", basket("42", at=at, store_code="01"))
    with pytest.raises(AlreadyCredited):
        credit_receipt(_asked(clerk), gloria, replace(paper, store=corner))


def test_a_look_alike_waits(
    club: Club, clerk: User, second: User, gloria: Member, paper: Receipt
) -> None:
    at = datetime(2026, 3, 16, 18, tzinfo=UTC)
    record(club.brand, "till-1", basket("till-1/2026/77", at=at, store_code="01"))
    request = credit_receipt(_asked(clerk), gloria, paper)
    assert (request.state, request.second_for) == ("waiting", "alike")
    assert approve(request, second, now=NOW).purchase


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"lines": (LineData("4711", 1, 20_001),)}, "amount"),
        ({"day": date(2026, 2, 1)}, "age"),
    ],
)
def test_a_receipt_above_the_limits_waits(
    clerk: User, second: User, gloria: Member, paper: Receipt, facts: dict[str, object], why: str
) -> None:
    request = credit_receipt(_asked(clerk), gloria, replace(paper, **facts))  # type: ignore[arg-type]
    assert (request.state, request.second_for, request.purchase) == ("waiting", why, None)
    assert list(service_desk.waiting(gloria.brand)) == [request]
    assert not Entry.objects.exists()
    done = approve(request, second, "Saw it", NOW)
    assert (done.state, done.decided_by, done.note) == ("approved", second, "Saw it")
    assert done.purchase == Purchase.objects.get()
    assert not service_desk.waiting(gloria.brand).exists()


def test_a_clerk_credits_so_many_receipts_a_day(
    club: Club, clerk: User, gloria: Member, paper: Receipt
) -> None:
    ServiceLimits.objects.create(brand=club.brand, receipts_per_day=2)
    states = [
        credit_receipt(_asked(clerk, f"k-{n}"), gloria, replace(paper, number=f"{n}")).second_for
        for n in (1, 2, 3)
    ]
    assert states == ["", "", "day"]
    tomorrow = _asked(clerk, "k-4", NOW + timedelta(days=1))
    assert credit_receipt(tomorrow, gloria, replace(paper, number="4")).state == "approved"
    assert credit_receipt(
        _asked(club.approver, "k-5"), gloria, replace(paper, number="5")
    ).state == "approved"  # fmt: skip


def _no_lines(paper: Receipt, _other: Brand) -> Receipt:
    return replace(paper, lines=())


def _negative(paper: Receipt, _other: Brand) -> Receipt:
    return replace(paper, lines=only_total(-1))


def _float(paper: Receipt, _other: Brand) -> Receipt:
    return replace(paper, lines=only_total(9.5))  # type: ignore[arg-type]


def _tomorrow(paper: Receipt, _other: Brand) -> Receipt:
    return replace(paper, day=date(2026, 3, 21))


def _no_number(paper: Receipt, _other: Brand) -> Receipt:
    return replace(paper, number=" 000 ")


def _strange_number(paper: Receipt, _other: Brand) -> Receipt:
    return replace(paper, number="42:7")


def _other_brand(paper: Receipt, other: Brand) -> Receipt:
    return replace(paper, store=Store.objects.create(brand=other, code="01", name="Faro"))


@pytest.mark.parametrize(
    "spoil",
    [_no_lines, _negative, _float, _tomorrow, _no_number, _strange_number, _other_brand],
)
def test_what_is_no_receipt_is_refused(
    clerk: User, gloria: Member, paper: Receipt, spoil: Callable[[Receipt, Brand], Receipt]
) -> None:
    other = Brand.objects.create(name="El Faro", slug="el-faro", postal_address="2 Quay Street")
    with pytest.raises(NotRecordable):
        credit_receipt(_asked(clerk), gloria, spoil(paper, other))
    assert not ServiceRequest.objects.exists()


def test_who_has_left_gets_no_receipt(clerk: User, gloria: Member, paper: Receipt) -> None:
    gloria.status = Member.Status.LEFT
    gloria.save()
    with pytest.raises(NotRecordable):
        credit_receipt(_asked(clerk), gloria, paper)


def test_todays_receipt_is_not_of_the_future(clerk: User, gloria: Member, paper: Receipt) -> None:
    early = datetime(2026, 3, 20, 8, tzinfo=UTC)
    request = credit_receipt(_asked(clerk, now=early), gloria, replace(paper, day=early.date()))
    assert request.occurred_at == early


def test_goodwill_within_the_limit(clerk: User, gloria: Member) -> None:
    request = adjust_points(_asked(clerk), gloria.account, 500)
    entry = Entry.objects.get()
    assert (request.state, request.entry) == ("approved", entry)
    assert (entry.recorded_by, entry.approved_by) == (clerk, None)
    assert entry.reason == "Points from our service"
    assert adjust_points(_asked(clerk), gloria.account, 500) == request
    assert ledger.balance(gloria.account, NOW) == 500
    _sound(gloria)


def test_goodwill_above_the_limit_waits_for_another(
    clerk: User, second: User, gloria: Member
) -> None:
    request = adjust_points(_asked(clerk), gloria.account, 501)
    assert (request.state, request.second_for) == ("waiting", "amount")
    assert ledger.balance(gloria.account, NOW) == 0
    entry = approve(request, second, now=NOW).entry
    assert entry is not None
    assert (entry.recorded_by, entry.approved_by) == (clerk, second)
    assert ledger.balance(gloria.account, NOW) == 501
    _sound(gloria)


def test_the_brand_says_how_much(club: Club, clerk: User, gloria: Member) -> None:
    LoyaltyRules.objects.create(brand=club.brand, adjustment_limit=10)
    assert adjust_points(_asked(clerk), gloria.account, 11).state == "waiting"


def test_a_days_points_are_limited_to_and_fro(club: Club, clerk: User, gloria: Member) -> None:
    ServiceLimits.objects.create(brand=club.brand, points_per_day=1000)
    given = [("k-1", 400), ("k-2", -400), ("k-3", 201), ("k-4", 200)]
    states = [adjust_points(_asked(clerk, key), gloria.account, n).second_for for key, n in given]
    assert states == ["", "", "day", ""]


def test_no_more_is_taken_than_there_is(clerk: User, gloria: Member) -> None:
    earn(gloria.account, 5, "e", now=NOW)
    with pytest.raises(ledger.NotEnoughPoints):
        adjust_points(_asked(clerk), gloria.account, -6)
    assert not ServiceRequest.objects.exists()
    assert adjust_points(_asked(clerk), gloria.account, -5).state == "approved"
    _sound(gloria)


@pytest.mark.parametrize("points", [0, 1.0, True])
def test_points_are_whole_and_some(clerk: User, gloria: Member, points: int) -> None:
    with pytest.raises(ValueError, match="whole number"):
        adjust_points(_asked(clerk), gloria.account, points)


def test_nothing_is_done_without_a_reason(clerk: User, gloria: Member) -> None:
    with pytest.raises(ValueError, match="Say why"):
        adjust_points(Asked(clerk, "  ", "k"), gloria.account, 5)


def test_ones_own_account_needs_another(clerk: User, second: User, gloria: Member) -> None:
    gloria.user = clerk
    gloria.save()
    request = adjust_points(_asked(clerk), gloria.account, 5)
    assert (request.state, request.second_for) == ("waiting", "own_account")
    assert approve(request, second, now=NOW).entry


def _is_the_clerk(request: ServiceRequest, _second: User) -> User:
    return request.requested_by


def _is_the_clerk_and_superuser(request: ServiceRequest, _second: User) -> User:
    User.objects.filter(pk=request.requested_by_id).update(is_superuser=True)
    return User.objects.get(pk=request.requested_by_id)


def _may_not(_request: ServiceRequest, _second: User) -> User:
    return User.objects.create_user("nadia")


def _has_left(_request: ServiceRequest, second: User) -> User:
    second.is_active = False
    return second


def _is_of_the_household(request: ServiceRequest, second: User) -> User:
    request.account.members.update(user=second)
    return second


@pytest.mark.parametrize(
    "who",
    [_is_the_clerk, _is_the_clerk_and_superuser, _may_not, _has_left, _is_of_the_household],
)
def test_who_is_no_second_person(
    clerk: User, second: User, gloria: Member, who: Callable[[ServiceRequest, User], User]
) -> None:
    request = adjust_points(_asked(clerk), gloria.account, 501)
    person = who(request, second)
    with pytest.raises(MayNotDecide):
        approve(request, person, now=NOW)
    with pytest.raises(MayNotDecide):
        service_desk.refuse(request, person, "No")
    assert not Entry.objects.exists()


def test_the_database_wants_two_people(clerk: User, second: User, gloria: Member) -> None:
    request = adjust_points(_asked(clerk), gloria.account, 501)
    row = ServiceRequest.objects.filter(pk=request.pk)
    for changes in (
        {"state": "approved", "decided_by": clerk, "decided_at": NOW},
        {"state": "approved", "decided_at": NOW},
        {"second_for": ""},
        {"state": "lost", "decided_by": second, "decided_at": NOW},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**changes)


def test_what_was_decided_is_decided(clerk: User, second: User, gloria: Member) -> None:
    request = adjust_points(_asked(clerk), gloria.account, 501)
    approve(request, second, now=NOW)
    with pytest.raises(AlreadyDecided):
        approve(request, second)
    with pytest.raises(AlreadyDecided):
        service_desk.refuse(request, second, "No")
    assert Entry.objects.count() == 1


def test_a_refused_receipt_may_be_asked_for_again(
    clerk: User, second: User, gloria: Member, paper: Receipt
) -> None:
    big = replace(paper, lines=only_total(30_000))
    first = credit_receipt(_asked(clerk), gloria, big)
    with pytest.raises(AlreadyCredited):
        credit_receipt(_asked(clerk, "k-2"), gloria, big)
    with pytest.raises(ValueError, match="Say why"):
        service_desk.refuse(first, second, " ")
    service_desk.refuse(first, second, "Not readable", NOW)
    assert (first.state, first.note) == ("refused", "Not readable")
    assert credit_receipt(_asked(clerk, "k-3"), gloria, big).state == "waiting"


def test_a_till_may_tell_of_it_before_the_second_person_looks(
    club: Club, clerk: User, second: User, gloria: Member, paper: Receipt
) -> None:
    request = credit_receipt(_asked(clerk), gloria, replace(paper, lines=only_total(30_000)))
    at = datetime(2026, 3, 16, 18, tzinfo=UTC)
    record(club.brand, "till-1", basket("42", at=at, store_code="01"))
    with pytest.raises(AlreadyCredited):
        approve(request, second, now=NOW)
    request.refresh_from_db()
    assert request.state == "waiting"


def test_a_voucher_is_replaced(club: Club, clerk: User, gloria: Member) -> None:
    voucher = vouchers.issue_one(cast.offer(club), gloria, source="test", key="v")
    request = reissue_voucher(_asked(clerk), voucher)
    new = request.replacement
    assert new is not None
    assert (new.member, new.replaces, new.issued_by) == (gloria, voucher, clerk)
    assert reissue_voucher(_asked(clerk), voucher) == request
    with pytest.raises(AlreadyReplaced):
        reissue_voucher(_asked(clerk, "k-2"), voucher)
    voucher.refresh_from_db()
    assert (voucher.void_note, voucher.voided_by) == ("Showed the paper", clerk)


def test_a_replacement_is_replaced_by_two(
    club: Club, clerk: User, second: User, gloria: Member
) -> None:
    voucher = vouchers.issue_one(cast.offer(club), gloria, source="test", key="v")
    first = reissue_voucher(_asked(clerk), voucher).replacement
    assert first is not None
    request = reissue_voucher(_asked(clerk, "k-2"), first)
    assert (request.state, request.second_for) == ("waiting", "again")
    assert Voucher.objects.count() == 2
    approve(request, second, now=NOW)
    assert Voucher.objects.filter(voided_at=None).get() == request.replacement


def test_a_clerk_replaces_so_many_vouchers_a_day(club: Club, clerk: User, gloria: Member) -> None:
    ServiceLimits.objects.create(brand=club.brand, vouchers_per_day=1)
    offer = cast.offer(club)
    ours = [vouchers.issue_one(offer, gloria, source="test", key=f"v-{n}") for n in (1, 2)]
    why = [reissue_voucher(_asked(clerk, one.issue_key), one).second_for for one in ours]
    assert why == ["", "day"]


def test_what_another_approved_uses_up_no_ones_day(
    club: Club, clerk: User, second: User, gloria: Member
) -> None:
    ServiceLimits.objects.create(brand=club.brand, points_per_day=600)
    approve(adjust_points(_asked(clerk, "k-1"), gloria.account, 501), second, now=NOW)
    assert adjust_points(_asked(clerk, "k-2"), gloria.account, 500).state == "approved"
