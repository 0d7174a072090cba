"""The only writer of suppressions: addresses that must not be mailed, and why."""

from django.db.models import Exists, OuterRef

from profiles.addresses import hash_of
from profiles.models import Suppression

IN_FORCE = Suppression.objects.filter(released_at__isnull=True)


def suppress(email_key: str, reason: str, source: str, detail: str = "") -> bool:
    """Suppress a normalised address; return whether this reason is new for it."""
    return suppress_hash(hash_of(email_key), reason, source, detail)


def suppress_hash(email_hash: str, reason: str, source: str, detail: str = "") -> bool:
    """Suppress an address known by its keyed hash only, for instance an erased one."""
    _row, created = IN_FORCE.get_or_create(
        email_hash=email_hash,
        reason=Suppression.Reason(reason),
        released_at=None,
        defaults={"source": source, "detail": detail[:200]},
    )
    return created


def is_suppressed(email_key: str) -> bool:
    """Whether the normalised address must not be mailed."""
    return IN_FORCE.filter(email_hash=hash_of(email_key)).exists()


def suppressed_member(reasons: list[str] | None = None) -> Exists:
    """A condition for a member queryset: the member's address is suppressed (for a reason)."""
    rows = IN_FORCE.filter(email_hash=OuterRef("email_hash"))
    return Exists(rows.filter(reason__in=reasons) if reasons else rows)
