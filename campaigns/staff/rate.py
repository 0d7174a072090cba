"""How a campaign's deliveries stand, counted as seldom as watching allows, and how fast they go.

No index leads to what was accepted within a minute. The rate is therefore the difference between
two counts, which are cheap: everyone who watches leaves theirs in the cache.
"""

import time
from math import ceil

from django.core.cache import cache

from campaigns import lifecycle
from campaigns.models import Campaign

MINUTE = 60.0
KEPT = 90  # seconds
APART = 1.0  # seconds between two samples
SILENCE = 15.0  # seconds without a mail before that is worth saying
SHARE = 10  # a count is kept for so many times as long as it took


def counts_of(campaign: Campaign, *, anew: bool = False) -> dict[str, int]:
    """How many deliveries are in each state, a second old at most while counting is quick."""
    key = _key("counts", campaign)
    kept: dict[str, int] | None = None if anew else cache.get(key)
    if kept is not None:
        return kept
    begun = time.monotonic()
    counts = lifecycle.progress(campaign)
    cache.set(key, counts, max(1, ceil(SHARE * (time.monotonic() - begun))))
    return counts


def per_second(campaign: Campaign, accepted: int, now: float | None = None) -> float | None:
    """Mails a second over the last minute; None until two counts tell.

    ``accepted`` is the count of now, ``now`` is in seconds since the epoch.
    """
    now, key = now or time.time(), _key("samples", campaign)
    samples: list[tuple[float, int]] = cache.get(key) or []
    samples = [sample for sample in samples if now - MINUTE - APART <= sample[0] <= now]
    if not samples or now - samples[-1][0] >= APART:
        cache.set(key, [*samples, (now, accepted)], KEPT)
    then, before = samples[0] if samples else (now, accepted)
    if now - then < (APART if accepted > before else SILENCE):
        return None
    return max(0, accepted - before) / (now - then)


def _key(what: str, campaign: Campaign) -> str:
    # With the start: a test's or a restored database may use the number again.
    begun = campaign.started_at.timestamp() if campaign.started_at else 0
    return f"campaigns.staff.rate:{what}:{campaign.pk}:{begun}"
