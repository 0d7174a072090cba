"""Earning, as a worked example: a point for each full euro, double on Tuesdays, pending a while.

Gloria buys for 12 on Monday 2 March: 12 points. On Tuesday she buys for 30: 30 points, and 30 more
by the multiplier. They can be spent after two days, so on Tuesday she has none to spend.
"""

import time_machine

from loyalty.models import EarnRule
from profiles.models import Member
from tests.loyalty.journeys.story import balance, buy, card_of, night, on, redeem, statement_of


def test_a_week_of_shopping(till: str, gloria: Member) -> None:
    EarnRule.objects.update(pending_days=2, valid_from=on(-100))
    EarnRule.objects.create(
        brand=gloria.brand, name="Double on Tuesdays", family="tuesday", kind="multiplier",
        factor_percent=200, weekdays=["2"], valid_from=on(-100), pending_days=2,
    )  # fmt: skip
    with time_machine.travel(on(0), tick=False) as clock:
        assert buy(till, "M-1", 12, on(0))["points"] == 12
        clock.move_to(on(1))
        assert buy(till, "T-1", 30, on(1))["points"] == 60
        assert buy(till, "T-1", 30, on(1))["points"] == 60  # told twice, counted once
        assert balance(till) == 0
        assert "12 on their way" in card_of(gloria)
        clock.move_to(on(2))
        assert balance(till) == 12
        clock.move_to(on(4))
        night()
        assert balance(till) == 72
        assert redeem(till, "r-1", 70)["balance"] == 2
        page = statement_of(gloria)
        assert "Double on Tuesdays: 30" in page
        assert "Points redeemed" in page
        night()
