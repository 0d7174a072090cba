"""Keys of tills and shops: 256 random bits, shown once; only their SHA-256 is stored."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from loyalty import rate_limits
from loyalty.models import TillKey, TillScope
from profiles.models import Brand, Store

PREFIX = "till_"
RATE_SCOPE, RATE_SECONDS = "till calls", 60
USED_TO_THE = timedelta(minutes=1)  # last_used_at is not written more often
# Names under which the club itself books: a till's keys must not meet theirs.
RESERVED: Final = frozenset({"bonus", "claim", "earning", "opening", "returns"})


def create(
    brand: Brand,
    source: str,
    store: Store | None = None,
    *,
    scopes: Iterable[str] = tuple(TillScope.values),
    calls_per_minute: int | None = None,
) -> tuple[TillKey, str]:
    """Make a key for a source of the brand; returns it with the text to give to the till.

    Raises ValueError for scopes that do not exist and for a source the club books under.
    """
    wanted = set(scopes)
    if not wanted or wanted - set(TillScope.values):
        raise ValueError("A key opens at least one of the scopes there are.")
    if source in RESERVED:
        raise ValueError("The club itself books under this name.")
    plain = PREFIX + secrets.token_urlsafe(32)
    key = TillKey(brand=brand, source=source, store=store, key_hash=_hash(plain))
    key.scopes = [scope for scope in TillScope.values if scope in wanted]
    key.calls_per_minute = calls_per_minute or key.calls_per_minute
    key.save(force_insert=True)
    return key, plain


def find(plain: str) -> TillKey | None:
    """Return the key that is meant, unless there is none or it was revoked."""
    keys = TillKey.objects.select_related("brand", "store")
    return keys.filter(key_hash=_hash(plain), revoked_at=None).first()


def spend_call(key: TillKey) -> bool:
    """Count a call and note that the key is used; False when it has called too often."""
    if not rate_limits.spend(RATE_SCOPE, str(key.pk), key.calls_per_minute, RATE_SECONDS):
        return False
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at <= now - USED_TO_THE:
        long_ago = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_TO_THE)
        TillKey.objects.filter(long_ago, pk=key.pk).update(last_used_at=now)
    return True


def revoke(key: TillKey) -> None:
    """Refuse the key from now on; what it recorded stays. Again changes nothing."""
    TillKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
    key.refresh_from_db(fields=["revoked_at"])


def _hash(plain: str) -> str:
    # Without salt or stretching: nobody can guess 256 random bits.
    return hashlib.sha256(plain.encode()).hexdigest()
