"""A till without a line for a day, as a worked example.

Gloria has 30 points. While the till was alone she bought for 12 and it gave her 20 points' worth;
at the same time the other till gave her 30. Nothing is lost: 8 points are owed, and the service
desk finds the overdraft on its worklist. Her next basket of 20 leaves 12.
"""

import time_machine
from django.urls import reverse

from campaigns import staff_roles
from loyalty.models import WorklistItem
from profiles.models import Member, User
from tests.loyalty.api.calling import told
from tests.loyalty.journeys.story import (
    NEAR,
    balance,
    buy,
    card_of,
    night,
    on,
    redeem,
    statement_of,
)
from tests.loyalty.staff.pages import signed_in, text


def test_what_it_gave_away_becomes_debt_and_a_line_on_the_worklist(
    till: str, gloria: Member
) -> None:
    with time_machine.travel(on(0), tick=False) as clock:
        buy(till, "b-0", 30, on(0))
        clock.move_to(on(1))
        assert redeem(till, "r-1", 30)["balance"] == 0
        clock.move_to(on(2))
        day = on(1).isoformat()
        basket = {
            "type": "purchase", "external_id": "off-1", "card": NEAR, "occurred_at": day,
            "currency": "EUR", "lines": [{"sku": "4712", "quantity": 4, "amount_minor": 1200}],
        }  # fmt: skip
        gave = {
            "type": "points_redeemed", "key": "off-2", "occurred_at": day, "card": NEAR,
            "points": 20,
        }  # fmt: skip
        for _again in range(2):
            told("batches", {"events": [gave, basket]}, till, None)
        assert balance(till) == 0
        assert "8 points owed" in card_of(gloria)
        night()
        _look_after_it()
        clock.move_to(on(5))
        buy(till, "b-1", 20, on(5))
        assert balance(till) == 12
        assert "Points redeemed" in statement_of(gloria)
        night()


def _look_after_it() -> None:
    """The clerk finds it on the list, and takes it off with a note."""
    clerk = User.objects.create_user("clara", "clara@esquina.example", "secret")
    clerk.groups.add(staff_roles.ensure()[staff_roles.MEMBER_SERVICE])
    item = WorklistItem.objects.get(kind="overdraft")
    page = reverse("loyalty_staff:worklist_item", args=[item.pk])
    assert page in text(clerk, reverse("loyalty_staff:worklist"))
    assert "Gloria" in text(clerk, page)
    signed_in(clerk).post(page, {"note": "Told her"})
    assert not WorklistItem.objects.filter(done_at=None).exists()
