"""Expiry, as a worked example: points end at their moment, whether or not a job ran.

Gloria earns 20 on day 0 and 30 on day 10; points last 30 days. On day 12 she spends 25: the 20
that end first, and 5 of the others. On day 30 nothing lapses; on day 40 the last 25 do.
"""

import time_machine

from loyalty.models import EarnRule
from profiles.models import Member
from tests.loyalty.journeys.story import balance, buy, card_of, night, on, redeem, statement_of


def test_what_ends_first_is_spent_first(till: str, gloria: Member) -> None:
    EarnRule.objects.update(valid_days=30, valid_from=on(-100))
    with time_machine.travel(on(0), tick=False) as clock:
        buy(till, "b-1", 20, on(0))
        clock.move_to(on(10))
        buy(till, "b-2", 30, on(10))
        clock.move_to(on(12))
        assert redeem(till, "r-1", 25)["balance"] == 25
        assert "25 points until" in card_of(gloria)
        clock.move_to(on(30))
        night()
        assert balance(till) == 25
        clock.move_to(on(41))
        # No job has run, and yet nobody can spend them.
        assert balance(till) == 0
        assert "Points expired" in statement_of(gloria)
        night()
        assert balance(till) == 0
