"""A return after the points were spent, as a worked example.

Gloria buys for 40 and gets 40 points; she spends 35 of them at once. Half of the basket comes
back: 20 points go. 5 are there, so 15 are owed. Her next basket of 25 settles them and leaves 10.
"""

import time_machine

from profiles.models import Member
from tests.loyalty.journeys.story import (
    balance,
    bring_back,
    buy,
    card_of,
    night,
    on,
    redeem,
    statement_of,
)


def test_what_was_spent_is_owed_and_earned_back(till: str, gloria: Member) -> None:
    with time_machine.travel(on(0), tick=False) as clock:
        assert buy(till, "b-1", 40, on(0))["points"] == 40
        assert redeem(till, "r-1", 35)["balance"] == 5
        clock.move_to(on(3))
        assert bring_back(till, "back-1", "b-1", 20, on(3))["points_back"] == 20
        assert balance(till) == 0
        assert "15 points owed" in card_of(gloria)
        night()
        clock.move_to(on(9))
        buy(till, "b-2", 25, on(9))
        assert balance(till) == 10
        assert "owed:" not in card_of(gloria)
        # The other half: the same 20 again, in whatever splits it comes.
        assert bring_back(till, "back-2", "b-1", 13, on(9))["points_back"] == 13
        assert bring_back(till, "back-3", "b-1", 7, on(9))["points_back"] == 7
        assert "Purchase returned" in statement_of(gloria)
        night()
