"""The database refuses every move of a delivery that is not on the drawing.

``campaigns.deliveries`` is the only mover; this trigger holds it, a console and a repair script to
the state machine. It costs a comparison per row and runs nothing until a move is illegal. SQLite
drops triggers whenever a migration rebuilds the table, so it is installed after every migrate.
"""

from typing import Any, Final

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from campaigns.models import Delivery

State = Delivery.State
MOVES: Final = frozenset(
    {
        (State.PLANNED, State.CLAIMED),
        (State.PLANNED, State.SKIPPED),
        (State.CLAIMED, State.HANDING_OFF),
        (State.CLAIMED, State.PLANNED),
        (State.CLAIMED, State.SKIPPED),
        (State.HANDING_OFF, State.ACCEPTED),
        (State.HANDING_OFF, State.REJECTED),
        (State.HANDING_OFF, State.DEFERRED),
        (State.HANDING_OFF, State.UNKNOWN),
        (State.HANDING_OFF, State.PLANNED),
        (State.DEFERRED, State.PLANNED),
        (State.DEFERRED, State.SKIPPED),
        (State.UNKNOWN, State.ACCEPTED),
        (State.UNKNOWN, State.REJECTED),
        (State.UNKNOWN, State.PLANNED),
    }
)
TRIGGER: Final = "delivery_moves_legally"
_PAIRS: Final = ", ".join(f"('{old}', '{new}')" for old, new in sorted(MOVES))
_ILLEGAL: Final = f"OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN ({_PAIRS})"
_JOINED: Final = ", ".join(f"'{old}>{new}'" for old, new in sorted(MOVES))
_POSTGRESQL: Final = (
    """
    CREATE OR REPLACE FUNCTION refuse_delivery_move() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'a delivery cannot move from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END $$
    """,
    f"""
    CREATE OR REPLACE TRIGGER {TRIGGER} BEFORE UPDATE OF state ON campaigns_delivery
    FOR EACH ROW WHEN ({_ILLEGAL}) EXECUTE FUNCTION refuse_delivery_move()
    """,
)
_SQLITE: Final = (
    f"DROP TRIGGER IF EXISTS {TRIGGER}",
    f"""
    CREATE TRIGGER {TRIGGER} BEFORE UPDATE OF state ON campaigns_delivery FOR EACH ROW
    WHEN OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ({_JOINED})
    BEGIN SELECT RAISE(ABORT, 'a delivery cannot make this move'); END
    """,
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Install the trigger; installing it again changes nothing."""
    with connection.cursor() as cursor:
        for statement in _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE:
            cursor.execute(statement)


def install_after_migrate(*, using: str, **_told: Any) -> None:
    """Receive ``post_migrate`` of this app."""
    connection = connections[using]
    # A migration of this app backwards to nothing leaves no table behind.
    if "campaigns_delivery" in connection.introspection.table_names():
        install(connection)
