"""Changing earning rules: by a new version, or by ending one; never by editing what has paid.

The past keeps the versions of its day, so a change begins at a moment ahead.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from loyalty.models import EarnRule

EARNING_SOURCE = "earning"
# followed by the purchase's number: the idempotency key under which it earns, once
EARNING_KEY = "purchase:"


@transaction.atomic
def change(rule: EarnRule, since: datetime | None = None, **changes: Any) -> EarnRule:
    """Make the next version of a rule, valid from then (default: now). Raises ValidationError."""
    version = EarnRule.objects.get(pk=rule.pk)
    version.pk, version._state.adding = None, True
    version.valid_from, version.valid_until = since or timezone.now(), None
    for name, value in changes.items():
        setattr(version, name, value)
    version.full_clean()
    version.save()
    return version


def end(rule: EarnRule, until: datetime | None = None) -> EarnRule:
    """End a rule at a moment (default: now). Raises ValidationError when it has paid after it."""
    rule.valid_until = until or timezone.now()
    rule.full_clean()
    rule.save(update_fields=["valid_until"])
    return rule
