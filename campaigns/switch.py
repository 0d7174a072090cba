"""One button stops everything: while it is down, no mail of any campaign is handed over.

Each push is a row that stays, with who and why; the newest one counts. Nothing here asks whether
somebody may push it: the screens do.
"""

from django.db import connection, transaction
from django.utils import timezone

from campaigns.models.sending import SendingSwitch
from profiles.models import User

LONGEST_WHY = 200
PUSHING = 5_071  # PostgreSQL's advisory lock on the button


class NotPossible(Exception):
    """The button is there already, or nobody said why; the message says which."""


def stopped() -> SendingSwitch | None:
    """The row that stopped all sending, while it stands. One index look-up."""
    newest = SendingSwitch.objects.order_by("pk").last()
    return newest if newest and newest.stopped else None


def stop(user: User, why: str) -> SendingSwitch:
    """Stop all sending after the batches in flight. Raises NotPossible when it is stopped."""
    return _push(user, why, stop=True)


def release(user: User, why: str) -> SendingSwitch:
    """Let every campaign go on where it stood. Raises NotPossible when nothing is stopped."""
    return _push(user, why, stop=False)


@transaction.atomic
def _push(user: User, why: str, *, stop: bool) -> SendingSwitch:
    _one_at_a_time()
    standing = stopped()
    if stop and standing:
        raise NotPossible(f"All sending is stopped already, by {standing.moved_by}.")
    if not stop and standing is None:
        raise NotPossible("Sending is not stopped.")
    if not why.strip():
        raise NotPossible("Say why, for those who come after you.")
    return SendingSwitch.objects.create(
        stopped=stop, why=why.strip()[:LONGEST_WHY], moved_by=user, moved_at=timezone.now()
    )


def _one_at_a_time() -> None:
    """Two people push in turn. SQLite has one writer at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUSHING])
