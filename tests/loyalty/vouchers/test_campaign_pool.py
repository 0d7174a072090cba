"""A campaign whose offer gives codes of a pool stops before sending when they do not suffice."""

from campaigns import lifecycle
from loyalty import voucher_pools
from loyalty.models import Voucher
from tests import cast


def test_a_campaign_without_enough_codes_goes_back_to_its_author(club: cast.Club) -> None:
    cast.everyone(club)
    offer = cast.offer(club)
    voucher_pools.generate(voucher_pools.create(offer, "Autumn"), 1)
    campaign = lifecycle.start(cast.approved(club, cast.campaign(club, offer)))
    assert (campaign.state, campaign.deliveries.count()) == ("draft", 0)
    assert not Voucher.objects.exclude(member=None).exists()
