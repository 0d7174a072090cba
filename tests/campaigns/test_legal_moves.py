"""Whatever moves a delivery, the database lets it move as drawn and no other way."""

from itertools import permutations

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from campaigns import legal_moves
from campaigns.models import Delivery
from tests import cast
from tests.campaigns import mails
from tests.campaigns.forcing import force

State = Delivery.State


@pytest.fixture
def delivery(db: None) -> Delivery:
    """Gloria's, in a campaign that is sending."""
    club = cast.club()
    cast.gloria(club)
    made: Delivery = mails.started(club).deliveries.get()
    return made


@pytest.mark.parametrize(("old", "new"), list(permutations(State, 2)))
def test_a_delivery_moves_only_as_drawn(delivery: Delivery, old: State, new: State) -> None:
    rows = Delivery.objects.filter(pk=delivery.pk)
    now = timezone.now()
    force(rows, state=old, reason="test", lease_until=now, accepted_at=now)
    if (old, new) in legal_moves.MOVES:
        assert rows.update(state=new) == 1
        return
    with pytest.raises(IntegrityError, match="move"), transaction.atomic():
        rows.update(state=new)
    assert rows.get().state == old


def test_what_has_ended_is_left_by_no_move() -> None:
    ended = {State.ACCEPTED, State.REJECTED, State.SKIPPED, State.HELD_OUT}
    assert {old for old, _new in legal_moves.MOVES} & ended == set()


def test_whatever_does_not_move_may_be_written(delivery: Delivery) -> None:
    rows = Delivery.objects.filter(pk=delivery.pk)
    force(rows, state=State.SKIPPED, reason="test")
    assert rows.update(state=State.SKIPPED, detail="said again") == 1


def test_every_migrate_installs_the_trigger_anew(delivery: Delivery) -> None:
    table = "ON campaigns_delivery" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {legal_moves.TRIGGER} {table}")
    rows = Delivery.objects.filter(pk=delivery.pk)
    assert rows.update(state=State.HELD_OUT) == 1, "without the trigger anything goes"
    call_command("migrate", verbosity=0)
    with pytest.raises(IntegrityError, match="move"), transaction.atomic():
        rows.update(state=State.PLANNED)
