"""The domains that clubs send from: what their DNS records are, and whether they are in order.

Nothing is looked up but at somebody's word, and what was found is kept with the time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog
from django.utils import timezone

from campaigns.models import SenderDomainCheck
from campaigns.sender_records import (
    DKIM,
    DMARC,
    SPF,
    Wanted,
    spf_term,
    wanted,
)
from profiles.models import Brand

if TYPE_CHECKING:
    from campaigns.dns_lookups import Resolver

GOOD, LOOK, LACKS, WRONG = "good", "look", "lacks", "wrong"
MISSING, AWAY = "missing", "away"
NOT_THERE = ("does not exist", "do not exist")
LONGEST = 2_000  # characters kept of a stranger's record
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Finding:
    """What was found of one record: how it is, as it stands there, and what to say about it."""

    state: str
    found: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SenderDomain:
    """A domain, who sends from it, its records with what was found, and when that was."""

    name: str
    brands: tuple[Brand, ...]
    records: tuple[tuple[Wanted, Finding | None], ...]
    checked_at: datetime | None
    selector: str

    @property
    def is_good(self) -> bool:
        """Whether every record is in order."""
        return all(finding and finding.state == GOOD for _record, finding in self.records)


def sender_domains() -> list[SenderDomain]:
    """Every domain that some brand sends from, with what is known about it."""
    brands: dict[str, list[Brand]] = {}
    for brand in Brand.objects.order_by("name"):
        brands.setdefault(domain_of(brand), []).append(brand)
    checks = {check.domain: check for check in SenderDomainCheck.objects.filter(domain__in=brands)}
    return [_shown(name, tuple(who), checks.get(name)) for name, who in brands.items()]


def domain_of(brand: Brand) -> str:
    """The domain of the brand's sender, as DNS writes it."""
    name = brand.sender_email.rpartition("@")[2].lower()
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return name


def check(domain: str, selector: str = "") -> SenderDomainCheck:
    """Look the domain's records up now and keep what was found. Never raises for DNS."""
    found = dict(_findings(domain, selector))
    row, _created = SenderDomainCheck.objects.update_or_create(
        domain=domain,
        defaults={
            "selector": selector,
            "checked_at": timezone.now(),
            "findings": {key: asdict(finding) for key, finding in found.items()},
        },
    )
    return row


def judge_spf(result: Mapping[str, Any], term: str) -> Finding:
    """What checkdmarc says about SPF, and whether the record names our mail server."""
    record, notes = str(result.get("record") or ""), _warnings(result)
    if not result.get("valid"):
        return _bad(record, str(result.get("error", "")), notes)
    if term and term.lower() not in record.lower().split():
        missing = f"It does not name the mail server that sends for you: {term} is missing."
        return Finding(LACKS, record, (missing, *notes))
    return Finding(LOOK if notes else GOOD, record, notes)


def judge_dmarc(result: Mapping[str, Any], domain: str) -> Finding:
    """What checkdmarc says about DMARC, and what the policy means."""
    record, notes = str(result.get("record") or ""), _warnings(result)
    if not result.get("valid"):
        return _bad(record, str(result.get("error", "")), notes)
    policy = str(result.get("tags", {}).get("p", {}).get("value", ""))
    meanings = {
        "none": "The policy none only watches: mail that fails is delivered all the same.",
        "quarantine": "Mail that fails goes to the junk folder.",
        "reject": "Mail that fails is refused.",
    }
    told = [meanings[policy]] if policy in meanings else []
    if (location := result.get("location")) and location != domain:
        told.append(f"It is that of {location}, which holds for this domain, too.")
    return Finding(LOOK if notes else GOOD, record, (*told, *notes))


def judge_key(texts: Iterable[str]) -> Finding:
    """A DKIM key (RFC 6376, 3.6.1): there, and not revoked."""
    keys = [text for text in texts if "p=" in text.replace(" ", "")]
    if not keys:
        return Finding(MISSING)
    tags = dict(tag.strip().partition("=")[::2] for tag in keys[0].split(";"))
    if not tags.get("p", "").strip():
        return Finding(WRONG, keys[0], ("The key is revoked: its p= is empty.",))
    if len(keys) > 1:
        return Finding(WRONG, keys[0], ("There is more than one key under this name.",))
    return Finding(GOOD, keys[0])


def judge_alias(texts: Iterable[str], ending: str) -> Finding:
    """A CNAME: there, and to where it should lead."""
    target = next(iter(texts), "")
    if not target:
        return Finding(MISSING)
    if not target.lower().endswith(ending):
        return Finding(WRONG, target, (f"It should lead to a name that ends in {ending}.",))
    return Finding(GOOD, target)


def _findings(domain: str, selector: str) -> Iterator[tuple[str, Finding]]:
    # Half a second of imports that only this page needs.
    from checkdmarc.utils import DNS_CACHE

    from campaigns.dns_lookups import system_resolver

    # checkdmarc remembers answers for half an hour: whoever has just set a record asks anew.
    DNS_CACHE.clear()
    resolver = system_resolver()
    for record in wanted(domain, selector):
        if "<" not in record.host:
            yield record.key, _looked_up(record, domain, resolver) if resolver else Finding(AWAY)


def _looked_up(record: Wanted, domain: str, resolver: "Resolver") -> Finding:
    resolver.failed.clear()
    try:
        found = _judged(record, domain, resolver)
    except Exception:  # whatever a stranger's records make a parser raise
        log.warning("sender_domain_not_checked", record=record.key, exc_info=True)
        found = Finding(AWAY)
    # Without an answer nobody can say that a record is missing or wrong.
    unsure = found.state in (MISSING, WRONG, LACKS) and resolver.failed
    return Finding(AWAY) if unsure else found


def _judged(record: Wanted, domain: str, resolver: "Resolver") -> Finding:
    from checkdmarc.dmarc import check_dmarc
    from checkdmarc.spf import check_spf

    if record.purpose == SPF:
        return judge_spf(check_spf(domain, resolver=resolver), spf_term())
    if record.purpose == DMARC:
        return judge_dmarc(check_dmarc(domain, resolver=resolver), domain)
    texts = resolver.texts(record.host, record.type)
    if texts is None:
        return Finding(AWAY)
    return _judge_of(record)(texts)


def _judge_of(record: Wanted) -> Callable[[list[str]], Finding]:
    if record.type == "CNAME":
        return lambda texts: judge_alias(texts, record.ending)
    if record.purpose == DKIM:
        return judge_key
    return lambda texts: Finding(GOOD, ", ".join(texts)) if texts else Finding(MISSING)


def _bad(record: str, error: str, notes: tuple[str, ...]) -> Finding:
    if not record and any(words in error for words in NOT_THERE):
        return Finding(MISSING, notes=notes)
    return Finding(WRONG, record, (error[:LONGEST], *notes))


def _warnings(result: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(warning)[:LONGEST] for warning in result.get("warnings") or ())


def _shown(name: str, brands: tuple[Brand, ...], kept: SenderDomainCheck | None) -> SenderDomain:
    findings = {
        key: Finding(found["state"], found["found"], tuple(found["notes"]))
        for key, found in (kept.findings if kept else {}).items()
    }
    selector = kept.selector if kept else ""
    spf = findings.get(f"{SPF} {name}")
    # A record that cannot be read is replaced, any other is added to.
    records = wanted(name, selector, spf.found if spf and spf.state == LACKS else "")
    return SenderDomain(
        name=name,
        brands=brands,
        records=tuple((record, findings.get(record.key)) for record in records),
        checked_at=kept.checked_at if kept else None,
        selector=selector,
    )
