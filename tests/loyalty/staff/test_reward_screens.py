"""Rewards with their amounts, and handing out or cancelling what members took."""

from django.urls import reverse

from loyalty.models import Redemption, Reward
from profiles.models import Member, User
from tests.cast import Club
from tests.loyalty.reward_cast import reward, rich, take
from tests.loyalty.staff import pages
from tests.loyalty.staff.forms import filled

LIST = "loyalty_staff:redemptions"


def _waiting(club: Club, member: Member) -> Redemption:
    rich(member)
    return take(member, reward(club, fulfilment="staff", stock=5))


def _url(taken: Redemption) -> str:
    return reverse("loyalty_staff:redemption", args=[taken.pk])


def test_a_reward_is_made_with_its_amounts(club: Club, manager: User) -> None:
    client, url = pages.signed_in(manager), reverse("reward:add")
    answer = client.post(
        url,
        {
            **filled(client, url),
            "title_en": "Coffee",
            "key": "coffee",
            "brand": club.brand.pk,
            "amounts-TOTAL_FORMS": "2",
            "amounts-0-points": "100",
            "amounts-0-ORDER": "1",
            "amounts-0-order": "0",
            "amounts-1-points": "250",
            "amounts-1-ORDER": "2",
            "amounts-1-order": "0",
            "amounts-1-value_minor": "250",
            "amounts-1-currency": "EUR",
        },
        follow=True,
    )
    assert answer.redirect_chain, answer.context["form"].errors
    made = Reward.objects.get(key="coffee")
    assert [(each.points, each.value_minor) for each in made.amounts.all()] == [
        (100, None),
        (250, 250),
    ]
    assert "100, 250" in pages.text(manager, reverse("reward:index"))


def test_limit_days_without_a_limit_are_refused_in_words(club: Club, manager: User) -> None:
    made = reward(club)
    client, url = pages.signed_in(manager), reverse("reward:edit", args=[made.pk])
    answer = client.post(url, {**filled(client, url), "limit_days": "30", "stock": "77"})
    page = answer.content.decode()
    assert "Say how many a household may take in these days." in page
    assert 'value="77"' in page
    assert "Constraint" not in page


def test_what_waits_is_listed_and_handed_out(club: Club, gloria: Member, clerk: User) -> None:
    taken = _waiting(club, gloria)
    page = pages.text(clerk, reverse(LIST))
    assert "One waits to be handed out" in page
    assert _url(taken) in page
    pages.signed_in(clerk).post(_url(taken), {"decision": "confirm"})
    taken.refresh_from_db()
    assert (taken.state, taken.fulfilled_by) == ("fulfilled", clerk)
    assert "Nothing waits." in pages.text(clerk, reverse(LIST))


def test_cancelling_needs_a_reason_and_gives_the_points_back(
    club: Club, gloria: Member, clerk: User
) -> None:
    taken = _waiting(club, gloria)
    answer = pages.signed_in(clerk).post(_url(taken), {"decision": "cancel", "why": ""})
    assert "This field is required." in answer.content.decode()
    pages.signed_in(clerk).post(_url(taken), {"decision": "cancel", "why": "Out of totes"})
    taken.refresh_from_db()
    assert (taken.state, taken.cancel_reason, taken.cancelled_by) == (
        "cancelled",
        "Out of totes",
        clerk,
    )
    wallet = taken.hold.wallet if taken.hold else None
    assert wallet is not None
    assert (wallet.active, wallet.held) == (1_000, 0)


def test_what_was_cancelled_cannot_be_handed_out(club: Club, gloria: Member, clerk: User) -> None:
    taken = _waiting(club, gloria)
    browser = pages.signed_in(clerk)
    browser.post(_url(taken), {"decision": "cancel", "why": "Out of totes"})
    answer = browser.post(_url(taken), {"decision": "confirm"}, follow=True)
    assert "This redemption was cancelled." in answer.content.decode()


def test_others_do_not_get_in(club: Club, gloria: Member, manager: User, accountant: User) -> None:
    taken = _waiting(club, gloria)
    for person in (manager, accountant):
        for url in (reverse(LIST), _url(taken)):
            assert pages.signed_in(person).get(url).status_code == 302
