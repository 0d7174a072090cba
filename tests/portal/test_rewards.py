"""Taking a reward in the portal: what can be had first, once per press, refusals in words."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from loyalty import ledger
from loyalty.models import Redemption, Reward, RewardAmount
from profiles.models import Member
from tests import cast
from tests.cast import Club
from tests.portal import links


def reward(club: Club, key: str, *points: int, **facts: object) -> Reward:
    """A reward in so many amounts, with a voucher of its own."""
    facts = {"title": {"en": key.title()}, "offer": cast.offer(club, key), **facts}
    made: Reward = Reward.objects.create(brand=club.brand, key=key, **facts)
    for cost in points:
        RewardAmount.objects.create(reward=made, points=cost)
    return made


@pytest.fixture
def gloria(club: Club) -> Member:
    """A regular with 100 points."""
    member, now = cast.gloria(club), timezone.now()
    ledger.earn(member.account, [ledger.Parcel(100, now)], "test", "e", occurred_at=now)
    return member


def address(member: Member, key: str = "") -> str:
    """The page of the rewards, or of one."""
    return f"{links.card(member)}rewards/{key and key + '/'}"


def form(client: Client, page: str) -> dict[str, str]:
    """What the page's form would send: its token and the first choice."""
    text = client.get(page).content.decode()
    return {
        name: re.findall(rf'name="{name}" value="([^"]+)"', text)[0] for name in ("once", "amount")
    }


def test_affordable_rewards_come_first(club: Club, client: Client, gloria: Member) -> None:
    reward(club, "wine", 142)
    reward(club, "bread", 80)
    page = client.get(address(gloria)).content.decode()
    assert page.index("Bread") < page.index("Wine") < page.index("42 points to go.")


def test_pressing_twice_takes_it_once(club: Club, client: Client, gloria: Member) -> None:
    reward(club, "bread", 40)
    page = address(gloria, "bread")
    sent = form(client, page)
    answers = [client.post(page, sent) for _again in range(2)]
    redemption = Redemption.objects.get()
    assert ledger.balance(gloria.account) == 60
    assert [answer.status_code for answer in answers] == [302, 302]
    told = client.get(answers[1]["Location"])
    assert redemption.voucher is not None
    assert redemption.voucher.code[:4] in told.content.decode()
    assert told["Cache-Control"] == "private, no-store"


def test_a_forged_post_takes_nothing(club: Club, gloria: Member) -> None:
    reward(club, "bread", 40)
    strict = Client(enforce_csrf_checks=True)
    assert (
        strict.post(address(gloria, "bread"), form(strict, address(gloria, "bread"))).status_code
        == 403
    )
    assert not Redemption.objects.exists()


def test_refusals_are_told_in_words(club: Club, client: Client, gloria: Member) -> None:
    reward(club, "bread", 40)
    page = address(gloria, "bread")
    sent = form(client, page)
    RewardAmount.objects.update(points=50)
    changed = client.post(page, sent)
    assert changed.status_code == 409
    assert "The points for this reward have changed." in changed.content.decode()
    Reward.objects.update(stock=0)
    out = client.post(page, form_of_now(sent))
    assert "This reward is out of stock." in out.content.decode()
    assert ledger.balance(gloria.account) == 100


def form_of_now(sent: dict[str, str]) -> dict[str, str]:
    """The same form, with the points of now."""
    amount = RewardAmount.objects.get()
    return {**sent, "amount": f"{amount.pk}-{amount.points}"}


@pytest.mark.parametrize("amount", ["", "x", "1", "999999-40"])
def test_without_a_choice_it_asks(club: Club, client: Client, gloria: Member, amount: str) -> None:
    reward(club, "bread", 40)
    answer = client.post(address(gloria, "bread"), {"once": "0" * 32, "amount": amount})
    assert answer.status_code == 400
    assert "Please choose how many points to give." in answer.content.decode()


def test_points_too_few_cannot_be_sent_and_are_refused(
    club: Club, client: Client, gloria: Member
) -> None:
    made = reward(club, "bread", 40, 400)
    page = address(gloria, "bread")
    dear = made.amounts.get(points=400)
    assert f'value="{dear.pk}-400" disabled' in client.get(page).content.decode()
    answer = client.post(page, {"once": "0" * 32, "amount": f"{dear.pk}-400"})
    assert "300 points to go." in answer.content.decode()


def test_one_that_staff_confirm_says_what_happens_next(
    club: Club, client: Client, gloria: Member
) -> None:
    reward(club, "tasting", 40, fulfilment="staff", offer=None)
    page = address(gloria, "tasting")
    told = client.post(page, form(client, page), follow=True).content.decode()
    assert "We have set 40 points aside." in told
    assert "40 points set aside for you" in client.get(links.card(gloria)).content.decode()


def test_the_rewards_of_others_are_not_shown(club: Club, client: Client, gloria: Member) -> None:
    reward(club, "bread", 40)
    page = address(gloria, "bread")
    client.post(page, form(client, page))
    number = Redemption.objects.get().public_id
    bruno = links.card(cast.bruno(club))
    assert client.get(f"{bruno}taken/{number}/").status_code == 404
    assert client.get(f"{links.card(gloria)}rewards/nothing/").status_code == 404


def test_an_empty_shelf_says_so(client: Client, gloria: Member) -> None:
    assert "No rewards on the shelf today." in client.get(address(gloria)).content.decode()
