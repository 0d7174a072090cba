"""Bringing a friend, as a worked example.

Gloria's friend Hugo joins by her link and buys for 30 on day 5; a purchase can be returned for 14
days. On day 10 he brings all of it back, so nobody gets anything on day 19. On day 20 he buys for
40 and keeps it: on day 34 Gloria gets 200 points and Hugo 100.
"""

import time_machine
from django.test import Client

from loyalty.models import ReferralRule
from profiles.models import Card, Member, OptInMail
from tests.cast import Club
from tests.loyalty.journeys.story import bring_back, buy, card_of, night, on, read, statement_of
from tests.portal import links
from tests.portal.test_join import step_two


def test_both_get_points_for_a_purchase_that_is_kept(club: Club, till: str, gloria: Member) -> None:
    ReferralRule.objects.create(
        brand=club.brand, referrer_points=200, referred_points=100, valid_from=on(-30)
    )
    with time_machine.travel(on(0), tick=False) as clock:
        hugo, card = _join_by_the_link_of(gloria, club)
        clock.move_to(on(5))
        bought = buy(till, "b-1", 30, on(5), card)["points"]
        clock.move_to(on(10))
        bring_back(till, "back-1", "b-1", 30, on(10))
        clock.move_to(on(19))
        night()
        assert bought == 30
        assert "1 has yet to buy" in card_of(gloria)
        clock.move_to(on(20))
        buy(till, "b-2", 40, on(20), card)
        clock.move_to(on(33))
        night()
        assert "You brought a friend" not in statement_of(gloria)
        clock.move_to(on(34))
        night()
        assert "You brought a friend" in statement_of(gloria)
        assert "1 friend brought you 200 points." in card_of(gloria)
        assert "Brought by a friend" in statement_of(hugo)
        night()
        assert "Hello, Hugo. 140 points" in card_of(hugo)


def _join_by_the_link_of(member: Member, club: Club) -> tuple[Member, str]:
    """Hugo follows the link, joins and confirms; returns him and his card's number."""
    mine, browser = links.card(member), Client()
    browser.post(f"{mine}friends/")
    link = browser.get(mine).content.decode().split('id="friend_link" readonly value="')[1]
    path = link.split('"')[0].removeprefix("http://testserver")
    assert "100 points are yours" in read(path)
    browser.post("/join/", step_two(club, friend=path.split("/")[2]))
    hugo = OptInMail.objects.get().member
    browser.post(links.confirm(hugo))
    hugo.refresh_from_db()
    assert hugo.status == "active"
    return hugo, Card.objects.get(member=hugo).number
