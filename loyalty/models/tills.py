"""Keys with which tills and shops call us; only their hash is stored."""

from django.db import models
from django.utils import timezone

from profiles.models import Brand, Store


class TillKey(models.Model):
    """A till's or shop's key. ``source`` is the name under which its idempotency keys count."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="till_keys")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, blank=True)
    source = models.SlugField(max_length=20, unique=True)
    key_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.source
