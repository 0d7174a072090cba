"""Warming up a new sender: each mailbox provider gets a few mails a day first, then more.

The cap of day n (0 is the first) is ``first_day * (1 + growth) ** n``; after ``warm_up_days``
there is none. Days are the brand's own. What is counted are mails let through to the hand-off, so a
mail that is tried again counts again: that errs on the side of the sender's good name.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from campaigns.models import Campaign
from campaigns.models.sending import SendingRules, WarmUpCount
from campaigns.sending_rules import rules_of
from profiles.models import Brand
from profiles.time_zones import zone_named

PROVIDERS = {
    "Google": {"gmail.com", "googlemail.com"},
    "Microsoft": {"outlook.com", "msn.com", "passport.com"},
    "Yahoo": {"aol.com", "rocketmail.com"},
    "Apple": {"icloud.com", "me.com", "mac.com"},
    "GMX and WEB.DE": {"web.de", "mail.com", "email.de"},
    "T-Online": {"t-online.de", "magenta.de"},
    "Orange": {"orange.fr", "wanadoo.fr"},
    "Free": {"free.fr", "aliceadsl.fr"},
    "Proton": {"proton.me", "protonmail.com", "protonmail.ch", "pm.me"},
    "Mail.ru": {"mail.ru", "inbox.ru", "list.ru", "bk.ru"},
    "Comcast": {"comcast.net", "xfinity.com"},
}
# Providers with one name in many countries: hotmail.fr, live.com.mx, yahoo.co.uk, gmx.at.
FAMILIES = {
    "hotmail": "Microsoft",
    "live": "Microsoft",
    "outlook": "Microsoft",
    "yahoo": "Yahoo",
    "ymail": "Yahoo",
    "gmx": "GMX and WEB.DE",
}
_BY_DOMAIN = {domain: name for name, domains in PROVIDERS.items() for domain in domains}
SECOND_LEVEL = {"co", "com", "ne", "net", "or"}
LONGEST_NAME = 253
LARGEST_CAP = 2_000_000_000  # what the count's column holds


@dataclass(frozen=True)
class Today:
    """How far a provider's cap is used up today."""

    provider: str
    cap: int
    sent: int


def provider_of(domain: str) -> str:
    """Who runs the mailboxes of a mail domain; the domain itself when that is not known."""
    domain = domain.strip().rstrip(".").lower()[:LONGEST_NAME]
    name, _dot, ending = domain.partition(".")
    family = FAMILIES.get(name) if _is_country(ending) else None
    return _BY_DOMAIN.get(domain) or family or domain


def cap_on(rules: SendingRules, day: date) -> int | None:
    """Mails that each provider may get on ``day``; None when there is no warm-up then."""
    if rules.warm_up_from is None:
        return None
    # Before the first day the first day's cap holds: to stop all mail there is a button.
    number = max(0, (day - rules.warm_up_from).days)
    if number >= rules.warm_up_days:
        return None
    growth = 1 + rules.warm_up_growth_percent / 100
    # 301 ** 89 is beyond any audience, and within what a float can hold.
    return min(LARGEST_CAP, round(rules.warm_up_first_day * growth**number))


def postponed(
    campaign: Campaign, domains: Mapping[int, str], now: datetime
) -> dict[datetime, list[int]]:
    """Those (delivery id: mail domain) who must wait, by when; the others are counted as sent.

    Who comes first in ``domains`` goes first. Workers that share a cap take turns until the
    transaction around this one ends.
    """
    brand = campaign.brand
    zone = zone_named(brand.time_zone)
    day = now.astimezone(zone).date()
    cap = cap_on(rules_of(brand), day)
    if cap is None or not domains:
        return {}
    waiting = _over(_by_provider(domains), brand, day, cap)
    return {_midnight_after(day, zone): sorted(waiting)} if waiting else {}


def today(brand: Brand, now: datetime) -> list[Today]:
    """Each provider's mails and cap today, most mails first; empty when nothing is capped."""
    day = now.astimezone(zone_named(brand.time_zone)).date()
    cap = cap_on(rules_of(brand), day)
    if cap is None:
        return []
    counts = WarmUpCount.objects.filter(brand=brand, day=day).order_by("-mails", "provider")
    return [Today(count.provider, cap, count.mails) for count in counts]


@transaction.atomic
def _over(wanted: Mapping[str, list[int]], brand: Brand, day: date, cap: int) -> list[int]:
    """Take as many as each cap leaves; return the deliveries for whom nothing was left."""
    over: list[int] = []
    taken: dict[int, list[str]] = defaultdict(list)
    for provider, left in _left(sorted(wanted), brand, day, cap).items():
        over += wanted[provider][left:]
        taken[min(left, len(wanted[provider]))].append(provider)
    # By number of mails: a batch may go to a thousand small domains, mostly one mail each.
    for mails, providers in taken.items():
        counts = WarmUpCount.objects.filter(brand=brand, day=day, provider__in=providers)
        counts.update(mails=F("mails") + mails)
    return over


def _left(providers: list[str], brand: Brand, day: date, cap: int) -> dict[str, int]:
    """What each cap leaves, its rows locked, always in the same order so that nobody waits in a
    ring. SQLite has one writer at a time."""
    WarmUpCount.objects.bulk_create(
        [WarmUpCount(brand=brand, day=day, provider=provider) for provider in providers],
        ignore_conflicts=True,
    )
    rows = WarmUpCount.objects.filter(brand=brand, day=day, provider__in=providers)
    locked = rows.select_for_update().order_by("provider")
    return {row.provider: max(0, cap - row.mails) for row in locked}


def _by_provider(domains: Mapping[int, str]) -> dict[str, list[int]]:
    grouped: dict[str, list[int]] = defaultdict(list)
    for delivery_id, domain in domains.items():
        grouped[provider_of(domain)].append(delivery_id)
    return grouped


def _is_country(ending: str) -> bool:
    """Whether it is what follows a provider's name: com, fr, co.uk; not bbc.com."""
    second, _dot, last = ending.rpartition(".")
    return bool(last) and (not second or second in SECOND_LEVEL)


def _midnight_after(day: date, zone: ZoneInfo) -> datetime:
    """The next day's first moment, in UTC: a midnight that a clock skips is its first minute."""
    local = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    return local.astimezone(ZoneInfo("UTC"))
