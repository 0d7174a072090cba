"""Rewards may be taken twice, a campaign gives once, a replacement takes the old one's place."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loyalty import voucher_reservations, vouchers
from loyalty.idempotency import KeyReused
from loyalty.models import Offer, RefusalReason, Voucher
from loyalty.voucher_issuing import NotReissuable
from profiles.models import Member
from tests import cast
from tests.loyalty.vouchers.given import asked, given, refusal, use


@pytest.fixture
def offer(club: cast.Club) -> Offer:
    """Two euros off the Manchego, twice a voucher."""
    return cast.offer(club, uses_per_voucher=2)


def _reward(offer: Offer, member: Member, key: str = "redemption-1") -> Voucher:
    return vouchers.issue_one(offer, member, source="rewards", key=key)


def test_a_reward_can_be_taken_twice(offer: Offer, gloria: Member) -> None:
    first, second = _reward(offer, gloria), _reward(offer, gloria, "redemption-2")
    assert len({first.code, second.code, given(offer, gloria).code}) == 3


def test_one_redemption_gives_one_voucher(offer: Offer, gloria: Member) -> None:
    assert _reward(offer, gloria) == _reward(offer, gloria)


def test_a_key_gives_nobody_elses_voucher(club: cast.Club, offer: Offer, gloria: Member) -> None:
    _reward(offer, gloria)
    with pytest.raises(KeyReused):
        _reward(offer, cast.felix(club))
    with pytest.raises(KeyReused):
        _reward(cast.offer(club, "bread"), gloria)


def test_a_voucher_may_end_on_its_own_day(offer: Offer, gloria: Member) -> None:
    soon = timezone.now() + timedelta(days=1)
    voucher = vouchers.issue_one(offer, gloria, source="rewards", key="a", valid_until=soon)
    assert refusal(use, voucher, occurred_at=soon) == RefusalReason.EXPIRED
    later = offer.valid_until + timedelta(days=1)
    longer = vouchers.issue_one(offer, gloria, source="rewards", key="b", valid_until=later)
    assert refusal(use, longer, occurred_at=offer.valid_until) is None


def test_a_campaigns_release_spares_rewards(offer: Offer, gloria: Member) -> None:
    reward = _reward(offer, gloria)
    assert vouchers.release([offer.pk], [gloria.pk]) == 0
    assert refusal(use, reward) is None


def test_what_was_voided_for_a_reason_is_not_brought_back(offer: Offer, gloria: Member) -> None:
    voucher = given(offer, gloria)
    assert vouchers.void(voucher, Voucher.VoidReason.FRAUD, note="Copied and sold")
    assert not vouchers.void(voucher)
    vouchers.issue([offer.pk], [gloria.pk])
    assert refusal(use, voucher) == RefusalReason.VOID
    voucher.refresh_from_db()
    assert (voucher.void_reason, voucher.void_note) == ("fraud", "Copied and sold")


def test_a_replacement_has_the_uses_that_are_left(offer: Offer, gloria: Member) -> None:
    old = given(offer, gloria)
    use(old)
    new = vouchers.reissue(old, note="Could not be scanned")
    assert (new.max_uses, new.replaces, new.member) == (1, old, gloria)
    assert refusal(use, old) == RefusalReason.VOID
    assert refusal(use, new) is None


def test_a_replaced_voucher_stays_void_when_the_campaign_runs_again(
    offer: Offer, gloria: Member
) -> None:
    old = given(offer, gloria)
    vouchers.reissue(old)
    assert vouchers.issue([offer.pk], [gloria.pk]) == 0
    assert refusal(use, old) == RefusalReason.VOID


def test_a_voucher_is_replaced_once(offer: Offer, gloria: Member) -> None:
    old = given(offer, gloria)
    assert vouchers.reissue(old) == vouchers.reissue(old)


def test_nothing_is_given_for_a_voucher_that_was_used_up(offer: Offer, gloria: Member) -> None:
    old = given(offer, gloria)
    use(old)
    use(old)
    with pytest.raises(NotReissuable):
        vouchers.reissue(old)


def test_a_reserved_use_moves_to_the_replacement(offer: Offer, gloria: Member) -> None:
    old = given(offer, gloria)
    reservation = voucher_reservations.reserve(asked(old.code))
    assert vouchers.reissue(old).max_uses == 2
    request = voucher_reservations.Request("till-1", "c-1")
    late = refusal(voucher_reservations.capture, reservation, request)
    assert late == RefusalReason.VOID
