"""Which tier accounts had at a moment, from the record of their changes."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from loyalty.bulk import Among
from loyalty.models import TierChange
from profiles.models import Brand


def tier_keys(brand: Brand, pairs: Sequence[tuple[int, datetime]]) -> list[str]:
    """The tier's key for each account and moment, "" for none; one query."""
    accounts = {account for account, _at in pairs}
    changes = TierChange.objects.filter(Among(F("account_id"), accounts), account__brand=brand)
    moments: defaultdict[int, list[datetime]] = defaultdict(list)
    keys: defaultdict[int, list[str]] = defaultdict(lambda: [""])
    rows = changes.order_by("account_id", "at", "pk")
    for account, at, key in rows.values_list("account_id", "at", "to_tier__key"):
        moments[account].append(at)
        keys[account].append(key or "")
    return [keys[account][bisect_right(moments[account], at)] for account, at in pairs]
