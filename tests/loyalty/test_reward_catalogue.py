"""The catalogue: what can be taken first, then what is nearest, each with its reason."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from loyalty import rewards
from loyalty.models import Reward, Tier, TierScheme
from profiles.models import Member
from tests import cast
from tests.loyalty.reward_cast import reward, rich, take


def _told(member: Member) -> list[tuple[str, str]]:
    return [(row.reward.key, str(row.refused or "")) for row in rewards.catalogue(member.account)]


def test_what_one_can_afford_comes_first_then_what_is_nearest(
    club: cast.Club, gloria: Member
) -> None:
    rich(gloria, 100)
    reward(club, "far", [1_000])
    reward(club, "near", [142])
    reward(club, "gone", [10], stock=0)
    reward(club, "plain", [100])
    reward(club, "featured", [50], is_featured=True)
    assert _told(gloria) == [
        ("featured", ""),
        ("plain", ""),
        ("near", "42 points to go."),
        ("far", "900 points to go."),
        ("gone", "This reward is out of stock."),
    ]


def test_what_is_over_or_not_yet_there_is_not_shown(club: cast.Club, gloria: Member) -> None:
    now = timezone.now()
    day = timedelta(days=1)
    reward(club, "past", valid_from=now - 2 * day, valid_until=now - day)
    reward(club, "to-come", valid_from=now + day)
    reward(club, "costs-nothing-yet", points=())
    ended = cast.offer(club, valid_until=now - day / 2)
    reward(club, "dead-voucher", offer=ended)
    assert _told(gloria) == []


def test_it_tells_which_amounts_one_can_afford(club: cast.Club, gloria: Member) -> None:
    rich(gloria, 600)
    reward(club, points=[1_000, 500, 250])
    (row,) = rewards.catalogue(gloria.account)
    assert [one.points for one in row.amounts] == [250, 500, 1_000]
    assert [one.points for one in row.affordable] == [250, 500]
    assert row.can_be_taken
    assert row.missing == 0


def test_it_is_what_taking_says(club: cast.Club, gloria: Member) -> None:
    """Whoever sees a reward as free can take it; whoever does not, is told the same."""
    rich(gloria, 300)
    TierScheme.objects.create(brand=club.brand)
    gold = Tier.objects.create(
        brand=club.brand, key="gold", name={"en": "Gold"}, rank=3, threshold=9
    )
    taken = reward(club, "taken", limit_per_account=1)
    take(gloria, taken)
    made = [
        taken,
        reward(club, "free"),
        reward(club, "dear", [999]),
        reward(club, "golden", minimum_tier=gold),
        reward(club, "gone", stock=0),
    ]
    by_key = {one.key: one for one in made}
    for key, said in _told(gloria):
        assert _answer(gloria, by_key[key]) == said


def _answer(member: Member, one: Reward) -> str:
    """What taking a reward says; one that goes well is given back."""
    try:
        rewards.cancel(take(member, one), None, "Only a try")
    except rewards.RewardRefused as refused:
        return str(refused)
    return ""


def test_its_queries_do_not_grow_with_the_rewards(club: cast.Club, gloria: Member) -> None:
    rich(gloria)

    def add(number: int) -> None:
        facts = {"stock": 3, "limit_per_account": 2, "offer": cast.offer(club, f"o-{number}")}
        reward(club, f"r-{number}", [5, 10], **facts)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert all(row.can_be_taken for row in rewards.catalogue(gloria.account))
        return len(seen)

    add(0)
    few = queries()
    for number in range(1, 20):
        add(number)
    assert queries() == few <= 8
