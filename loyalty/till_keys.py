"""Keys of tills and shops: 256 random bits, shown once; only their SHA-256 is stored."""

import hashlib
import secrets

from django.utils import timezone

from loyalty.models import TillKey
from profiles.models import Brand, Store

PREFIX = "till_"


def create(brand: Brand, source: str, store: Store | None = None) -> tuple[TillKey, str]:
    """Make a key for a source of the brand; returns it with the text to give to the till."""
    plain = PREFIX + secrets.token_urlsafe(32)
    key = TillKey.objects.create(brand=brand, source=source, store=store, key_hash=_hash(plain))
    return key, plain


def find(plain: str) -> TillKey | None:
    """Return the key that is meant, unless there is none or it was revoked."""
    keys = TillKey.objects.select_related("brand", "store")
    return keys.filter(key_hash=_hash(plain), revoked_at=None).first()


def revoke(key: TillKey) -> None:
    """Refuse the key from now on; what it recorded stays."""
    key.revoked_at = timezone.now()
    key.save(update_fields=["revoked_at"])


def _hash(plain: str) -> str:
    # Without salt or stretching: nobody can guess 256 random bits.
    return hashlib.sha256(plain.encode()).hexdigest()
