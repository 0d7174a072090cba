"""An offer is used as often as it may be: by one member, and by everyone together."""

from datetime import timedelta

from django.utils import timezone

from loyalty import voucher_pools, voucher_reservations, vouchers
from loyalty.models import Offer, OfferTally, RefusalReason, Voucher, VoucherReservation
from profiles.models import Member
from tests import cast
from tests.loyalty.vouchers.given import asked, given, refusal, use

LIMIT = RefusalReason.LIMIT_REACHED


def _second(offer: Offer, member: Member) -> Voucher:
    return vouchers.issue_one(offer, member, source="rewards", key=f"second-{member.pk}")


def test_one_member_uses_an_offer_as_often_as_one_may(club: cast.Club, gloria: Member) -> None:
    offer = cast.offer(club, per_member_limit=1)
    use(given(offer, gloria))
    assert refusal(use, _second(offer, gloria)) == LIMIT
    assert refusal(use, given(offer, cast.felix(club))) is None


def test_everyone_together_uses_it_as_often_as_all_may(club: cast.Club, gloria: Member) -> None:
    offer = cast.offer(club, overall_limit=2)
    for member in (gloria, cast.felix(club)):
        use(given(offer, member))
    assert refusal(use, given(offer, cast.eva(club))) == LIMIT
    assert OfferTally.objects.get(member=None).uses == 2


def test_a_refused_use_leaves_the_voucher_whole(club: cast.Club, gloria: Member) -> None:
    offer = cast.offer(club, per_member_limit=1)
    use(given(offer, gloria))
    voucher = _second(offer, gloria)
    refusal(use, voucher)
    voucher.refresh_from_db()
    assert voucher.uses == 0


def test_uses_from_before_the_limit_was_set_count(club: cast.Club, gloria: Member) -> None:
    offer = cast.offer(club)
    use(given(offer, gloria))
    Offer.objects.update(overall_limit=1)
    assert refusal(use, _second(offer, gloria)) == LIMIT


def test_uses_while_a_limit_is_lifted_count_when_it_is_set_again(
    club: cast.Club, gloria: Member
) -> None:
    offer = cast.offer(club, overall_limit=5)
    use(given(offer, gloria))
    Offer.objects.update(overall_limit=None)
    use(_second(offer, gloria))
    Offer.objects.update(overall_limit=2)
    assert refusal(use, given(offer, cast.felix(club))) == LIMIT


def test_a_live_reservation_counts_and_one_that_ran_out_does_not(
    club: cast.Club, gloria: Member
) -> None:
    offer = cast.offer(club, overall_limit=1)
    voucher_reservations.reserve(asked(given(offer, gloria).code))
    other = given(offer, cast.felix(club))
    assert refusal(use, other) == LIMIT
    assert refusal(voucher_reservations.reserve, asked(other.code)) == LIMIT
    early = timezone.now() - timedelta(minutes=1)
    VoucherReservation.objects.update(reserved_at=early - timedelta(minutes=1), expires_at=early)
    assert refusal(use, other) is None


def test_a_bearer_code_of_an_offer_limited_per_member_needs_a_member(
    club: cast.Club, gloria: Member
) -> None:
    offer = cast.offer(club, per_member_limit=1)
    pool = voucher_pools.create(offer, "Leaflet", is_bearer=True)
    voucher_pools.generate(pool, 2)
    first, second = Voucher.objects.filter(pool=pool)
    assert refusal(use, first) == RefusalReason.MEMBER_NEEDED
    assert use(first, member=gloria).member == gloria
    assert refusal(use, second, member=gloria) == LIMIT
