"""The database itself keeps the ledger append-only and its entries in balance.

``loyalty.ledger`` is the only writer; these triggers hold it, a console and a repair script to its
promises. SQLite drops triggers whenever a migration rebuilds a table, so they are installed after
every migrate. PostgreSQL checks at COMMIT that each entry's postings sum to zero; SQLite has no
deferred triggers: there the audit finds what would not.
"""

from typing import Any, Final

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

LEDGER: Final = ("loyalty_entry", "loyalty_posting", "loyalty_allocation")
# What happened at tills, to cards and on the ladder is evidence, too.
APPEND_ONLY: Final = (
    *LEDGER,
    "profiles_cardevent",
    "profiles_personaldataevent",
    "loyalty_refund",
    "loyalty_refundline",
    "loyalty_tierchange",
    "loyalty_voucheruse",
    "loyalty_voucherusereversal",
)


def _refusals_on_postgresql(table: str) -> tuple[str, ...]:
    return (
        f"""
        CREATE OR REPLACE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()
        """,
    )


def _refusals_on_sqlite(table: str) -> tuple[str, ...]:
    statements = []
    for verb in ("UPDATE", "DELETE"):
        name = f"{table}_no_{verb.lower()}"
        statements += [
            f"DROP TRIGGER IF EXISTS {name}",
            f"""
            CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW
            BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
            """,
        ]
    return tuple(statements)


POSTGRESQL: Final = (
    """
    CREATE OR REPLACE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the ledger is append-only: % of %', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'check_violation';
    END $$
    """,
    *(sql for table in APPEND_ONLY for sql in _refusals_on_postgresql(table)),
    # One look at each statement. Only entries that it leaves out of balance are remembered until
    # the COMMIT, so that a million balanced ones cost one query and not two million.
    "CREATE UNLOGGED TABLE IF NOT EXISTS loyalty_unbalanced (entry_id bigint NOT NULL)",
    """
    CREATE OR REPLACE FUNCTION note_unbalanced_entries() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO loyalty_unbalanced
        SELECT entry_id FROM fresh GROUP BY entry_id HAVING sum(amount) <> 0;
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION check_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT sum(amount) FROM loyalty_posting WHERE entry_id = NEW.entry_id) <> 0 THEN
            RAISE EXCEPTION 'the postings of entry % do not sum to zero', NEW.entry_id
                USING ERRCODE = 'check_violation';
        END IF;
        DELETE FROM loyalty_unbalanced WHERE entry_id = NEW.entry_id;
        RETURN NULL;
    END $$
    """,
    # Earlier versions had a constraint trigger of this name, which cannot be replaced.
    "DROP TRIGGER IF EXISTS posting_entry_balances ON loyalty_posting",
    """
    CREATE TRIGGER posting_entry_balances AFTER INSERT ON loyalty_posting
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION note_unbalanced_entries()
    """,
    "DROP TRIGGER IF EXISTS entry_balances ON loyalty_unbalanced",
    """
    CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON loyalty_unbalanced
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_entry_balances()
    """,
)
SQLITE: Final = tuple(sql for table in APPEND_ONLY for sql in _refusals_on_sqlite(table))


def install(connection: BaseDatabaseWrapper) -> None:
    """Install the triggers; installing them again changes nothing."""
    with connection.cursor() as cursor:
        for statement in POSTGRESQL if connection.vendor == "postgresql" else SQLITE:
            cursor.execute(statement)


def install_after_migrate(*, using: str, **_told: Any) -> None:
    """Receive ``post_migrate`` of this app."""
    connection = connections[using]
    # A migration of this app backwards to nothing leaves no table behind.
    if set(APPEND_ONLY) <= set(connection.introspection.table_names()):
        install(connection)
