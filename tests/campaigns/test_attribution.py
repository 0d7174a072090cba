"""Which mail a redemption answers: the member's own, the latest before it, with that offer."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns import reports
from campaigns.models import Campaign, Delivery, Response
from loyalty import vouchers
from loyalty.models import Offer
from profiles.models import Member
from tests import cast
from tests.cast import Club

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def ana(club: Club) -> Member:
    """Ana, who redeems."""
    return cast.ana(club)


@pytest.fixture
def offer(club: Club) -> Offer:
    """Two euros off, five times, since long ago."""
    return cast.offer(club, uses_per_voucher=5, valid_from=MONDAY - 90 * DAY)


def _mail(campaign: Campaign, member: Member, at: datetime, state: str = "accepted") -> Delivery:
    delivery: Delivery = Delivery.objects.create(
        campaign=campaign, member=member, state=state, business_at=at, accepted_at=at, reason="-"
    )
    return delivery


def _redeem(offer: Offer, member: Member, at: datetime, key: str = "1") -> None:
    vouchers.issue([offer.pk], [member.pk])
    code = member.vouchers.get(offer=offer).code
    vouchers.redeem(source="till", key=key, code=code, request_hash=key, occurred_at=at)


def _answered() -> list[Delivery]:
    return [row.delivery for row in Response.objects.filter(kind="redeemed").order_by("pk")]


def test_the_latest_mail_before_it_is_answered(club: Club, ana: Member, offer: Offer) -> None:
    weeks = [cast.campaign(club, offer, name=f"Week {number}") for number in (46, 47, 48)]
    mails = [_mail(week, ana, MONDAY + 7 * DAY * n) for n, week in enumerate(weeks)]
    _redeem(offer, ana, MONDAY + 8 * DAY)
    assert _answered() == [mails[1]]


def test_a_mail_of_the_same_moment_is_answered(club: Club, ana: Member, offer: Offer) -> None:
    mail = _mail(cast.campaign(club, offer), ana, MONDAY)
    _redeem(offer, ana, MONDAY)
    assert _answered() == [mail]


def test_a_redemption_before_the_mail_belongs_to_no_campaign(
    club: Club, ana: Member, offer: Offer
) -> None:
    _mail(cast.campaign(club, offer), ana, MONDAY)
    _redeem(offer, ana, MONDAY - DAY)
    assert _answered() == []


@pytest.mark.parametrize("state", ["rejected", "skipped", "held_out", "planned"])
def test_a_mail_that_nobody_got_is_not_answered(
    club: Club, ana: Member, offer: Offer, state: str
) -> None:
    _mail(cast.campaign(club, offer), ana, MONDAY, state)
    _redeem(offer, ana, MONDAY + DAY)
    assert _answered() == []


def test_a_mail_without_the_offer_is_not_answered(club: Club, ana: Member, offer: Offer) -> None:
    other = cast.offer(club, key="rioja")
    _mail(cast.campaign(club, other), ana, MONDAY)
    _redeem(offer, ana, MONDAY + DAY)
    assert _answered() == []


def test_another_members_mail_is_not_answered(club: Club, ana: Member, offer: Offer) -> None:
    _mail(cast.campaign(club, offer), cast.gloria(club), MONDAY)
    _redeem(offer, ana, MONDAY + DAY)
    assert _answered() == []


def test_a_household_that_redeems_often_counts_once(club: Club, ana: Member, offer: Offer) -> None:
    mail = _mail(cast.campaign(club, offer), ana, MONDAY)
    for number in (3, 1, 2):
        _redeem(offer, ana, MONDAY + number * DAY, key=str(number))
    assert _answered() == [mail] * 3
    mail.refresh_from_db()
    assert mail.first_redeemed_at == MONDAY + DAY
    assert reports.figures(mail.campaign)["redeemed"].number == 1
    assert reports.reconcile(mail.campaign) == {}


def test_a_till_that_asks_again_changes_nothing(club: Club, ana: Member, offer: Offer) -> None:
    _mail(cast.campaign(club, offer), ana, MONDAY)
    for _again in range(2):
        _redeem(offer, ana, MONDAY + DAY)
    assert len(_answered()) == 1
