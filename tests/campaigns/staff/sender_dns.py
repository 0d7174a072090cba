"""What the DNS says of the club's sender domain, and how the staff site is asked to look.

The results are of the shape that checkdmarc 6.0 returns.
"""

from typing import Any

from django.urls import reverse

from campaigns.models import SenderDomainCheck
from tests.campaigns.staff.pages import signed_in, words
from tests.cast import Club

DOMAIN = "esquina.example"
TERM = "include:sendgrid.net"
SPF_GOOD = {
    "record": f"v=spf1 {TERM} ~all",
    "valid": True,
    "dns_lookups": 2,
    "void_dns_lookups": 0,
    "warnings": [],
    "parsed": {"mechanisms": [], "redirect": None, "exp": None, "all": "softfail"},
}
SPF_BROKEN = {
    "record": "v=spf1 include:_spf.google.com ~al",
    "valid": False,
    "dns_lookups": None,
    "void_dns_lookups": None,
    "error": "esquina.example: Expected mechanism at position 31 (marked with ➞) in: "
    "v=spf1 include:_spf.google.com ➞~al",
    "warnings": [],
}
SPF_MISSING: dict[str, Any] = {
    "record": None,
    "valid": False,
    "void_dns_lookups": None,
    "error": "An SPF record does not exist.",
    "warnings": [],
}
DMARC_NONE = {
    "record": f"v=DMARC1; p=none; rua=mailto:dmarc@{DOMAIN}",
    "location": DOMAIN,
    "valid": True,
    "warnings": [],
    "tags": {"v": {"value": "DMARC1", "explicit": True}, "p": {"value": "none", "explicit": True}},
}
DMARC_BROKEN = {
    "record": "v=DMARC1; p=nothing",
    "location": DOMAIN,
    "valid": False,
    "error": "Tag p must have one of the following values: none,quarantine,reject - not nothing",
    "warnings": [],
}
DMARC_MISSING: dict[str, Any] = {
    "record": None,
    "location": None,
    "valid": False,
    "error": "A DMARC record does not exist.",
    "warnings": [],
}
KEY = "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ"


def url() -> str:
    """Where the sender domains are."""
    return reverse("campaigns_staff:sender_domains")


def check(club: Club, **data: str) -> str:
    """Push "Check now"; what the page says then."""
    return words(signed_in(club.marketer).post(url(), {"domain": DOMAIN, **data}, follow=True))


def states() -> dict[str, str]:
    """Per kind of record, how it was found."""
    findings = SenderDomainCheck.objects.get().findings
    return {key.partition(" ")[0]: found["state"] for key, found in findings.items()}
