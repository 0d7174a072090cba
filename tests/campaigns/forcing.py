"""Putting a delivery into a state that it would take a test too long to reach."""

from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from campaigns import legal_moves
from campaigns.models import Delivery


def force(rows: QuerySet[Delivery], **columns: Any) -> None:
    """Update past the trigger that refuses illegal moves."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE campaigns_delivery DISABLE TRIGGER {legal_moves.TRIGGER}")
        else:
            cursor.execute(f"DROP TRIGGER {legal_moves.TRIGGER}")
        rows.update(**columns)
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE campaigns_delivery ENABLE TRIGGER {legal_moves.TRIGGER}")
        else:
            legal_moves.install(connection)
