"""Who opened or clicked: a person, a machine, or nobody can tell; with the rule that says so.

Image proxies of Gmail, Yahoo and Apple are named in every public list of crawlers, yet they fetch
pictures because a person opened the mail (Apple's also when nobody did): they are let through.
"""

import re
from datetime import datetime, timedelta
from functools import lru_cache

import crawleruseragents

from campaigns.models import Response

Actor = Response.Actor
TOO_SOON = timedelta(seconds=2)
PROXIES = re.compile(r"GoogleImageProxy|YahooMailProxy|ggpht\.com")
APPLE_PROXY = "Mozilla/5.0"  # all that Apple's Mail Privacy Protection says of itself


def classify(
    user_agent: str, method: str, at: datetime, handed_over: datetime | None
) -> tuple[str, str]:
    """Return the actor and the name of the rule that decided."""
    if method == "HEAD":
        return Actor.MACHINE, "head"
    if _is_crawler(user_agent):
        return Actor.MACHINE, "crawler"
    if handed_over and at - handed_over < TOO_SOON:
        return Actor.MACHINE, "too_soon"
    if not user_agent or user_agent == APPLE_PROXY:
        return Actor.UNKNOWN, "no_device"
    if PROXIES.search(user_agent):
        return Actor.UNKNOWN, "image_proxy"
    return Actor.HUMAN, "device"


@lru_cache(maxsize=4_096)
def _is_crawler(user_agent: str) -> bool:
    return not PROXIES.search(user_agent) and bool(crawleruseragents.is_crawler(user_agent))
