"""The database refuses entries of closed months, and changes of what was closed.

``loyalty.ledger`` posts late entries in the oldest open month; this trigger holds a bulk load, a
console and a repair script to it. On PostgreSQL it looks once per statement, so a million rows
cost one join. SQLite drops triggers whenever a migration rebuilds the table, so both are installed
after every migrate. Callers that close a month lock all wallets meanwhile: whoever writes entries
locks a wallet first, so no entry is under way.
"""

from typing import Any, Final

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

_POSTGRESQL: Final = (
    """
    CREATE OR REPLACE FUNCTION refuse_closed_month() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM loyalty_closedmonth) AND EXISTS (
            SELECT 1 FROM fresh
            JOIN loyalty_wallet wallet ON wallet.id = fresh.wallet_id
            JOIN profiles_account account ON account.id = wallet.account_id
            JOIN (
                SELECT brand_id, max(until) AS until FROM loyalty_closedmonth GROUP BY brand_id
            ) closed ON closed.brand_id = account.brand_id
            WHERE fresh.posted_at < closed.until
        ) THEN
            RAISE EXCEPTION 'the month of this entry is closed' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER entry_in_open_month AFTER INSERT ON loyalty_entry
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_month()
    """,
    """
    CREATE OR REPLACE FUNCTION refuse_change_of_closed_month() RETURNS trigger
    LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'a closed month never changes' USING ERRCODE = 'check_violation';
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER closed_month_stays BEFORE UPDATE ON loyalty_closedmonth
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_closed_month()
    """,
)
_SQLITE: Final = (
    "DROP TRIGGER IF EXISTS entry_in_open_month",
    """
    CREATE TRIGGER entry_in_open_month BEFORE INSERT ON loyalty_entry FOR EACH ROW
    WHEN NEW.posted_at < (
        SELECT max(closed.until) FROM loyalty_wallet wallet
        JOIN profiles_account account ON account.id = wallet.account_id
        JOIN loyalty_closedmonth closed ON closed.brand_id = account.brand_id
        WHERE wallet.id = NEW.wallet_id
    )
    BEGIN SELECT RAISE(ABORT, 'the month of this entry is closed'); END
    """,
    "DROP TRIGGER IF EXISTS closed_month_stays",
    """
    CREATE TRIGGER closed_month_stays BEFORE UPDATE ON loyalty_closedmonth FOR EACH ROW
    BEGIN SELECT RAISE(ABORT, 'a closed month never changes'); END
    """,
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Install the triggers; installing them again changes nothing."""
    with connection.cursor() as cursor:
        for statement in _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE:
            cursor.execute(statement)


def install_after_migrate(*, using: str, **_told: Any) -> None:
    """Receive ``post_migrate`` of this app."""
    connection = connections[using]
    # A migration of this app backwards leaves no table behind.
    if "loyalty_closedmonth" in connection.introspection.table_names():
        install(connection)
