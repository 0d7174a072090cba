"""A tier that is not earned again, as a worked example.

Gold takes 100 points in the last 90 days, the grace is 20 days, and members are warned 7 days
before it ends. Gloria earns 120 on day 0: gold. On day 91 they no longer count: the grace begins,
to day 111. She is warned from day 104. On day 111 she is a regular again; her points stay.
"""

import time_machine

from loyalty import tiers
from loyalty.models import Tier, TierScheme
from profiles.models import Member
from tests.loyalty.journeys.story import balance, buy, card_of, night, on


def test_gold_is_lost_after_a_warning_and_a_grace(till: str, gloria: Member) -> None:
    brand = gloria.brand
    TierScheme.objects.create(
        brand=brand, window="rolling", rolling_days=90, grace_days=20, warning_days=7
    )
    for rank, (key, threshold) in enumerate([("regular", 0), ("gold", 100)]):
        name = {"en": key.title()}
        Tier.objects.create(brand=brand, key=key, name=name, rank=rank, threshold=threshold)
    with time_machine.travel(on(0), tick=False) as clock:
        buy(till, "b-1", 120, on(0))
        assert _tier(gloria) == "gold"
        assert "Gold" in card_of(gloria)
        clock.move_to(on(89))
        night()
        assert _tier(gloria) == "gold"
        clock.move_to(on(91))
        night()
        stands = tiers.standing(gloria.account)
        assert stands
        assert (stands.tier and stands.tier.key, stands.missing_to_keep) == ("gold", 100)
        assert stands.grace_until
        assert not tiers.to_warn(brand).exists()
        clock.move_to(on(105))
        night()
        assert [one.account_id for one in tiers.to_warn(brand)] == [gloria.account_id]
        clock.move_to(on(112))
        assert _tier(gloria) == "regular"
        night()
        assert "Regular" in card_of(gloria)
        assert balance(till) == 120


def _tier(member: Member) -> str:
    stands = tiers.standing(member.account)
    return stands.tier.key if stands and stands.tier else ""
