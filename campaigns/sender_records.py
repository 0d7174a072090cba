"""Which DNS records a sender's domain needs, for the transport that carries its mail.

SPF (RFC 7208) names who may send, DKIM (RFC 6376) signs, DMARC (RFC 9989) says what to do with
mail that is neither, and the return path (RFC 5321, MAIL FROM) is where bounces go.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

SPF, DKIM, DMARC, RETURN_PATH = "SPF", "DKIM", "DMARC", "Return path"
# What well-known relays ask their customers to include; any other is named by its host.
INCLUDES = {
    "sendgrid.net": "sendgrid.net",
    "amazonaws.com": "amazonses.com",
    "mailgun.org": "mailgun.org",
    "postmarkapp.com": "spf.mtasv.net",
    "mailjet.com": "spf.mailjet.com",
    "brevo.com": "spf.brevo.com",
    "gmail.com": "_spf.google.com",
    "office365.com": "spf.protection.outlook.com",
}
HERE = {"", "localhost", "127.0.0.1", "::1"}
LAST_TERM = re.compile(r"^([-~?+]?all|redirect=.*)$", re.IGNORECASE)


@dataclass(frozen=True)
class Wanted:
    """One record to set. ``value`` is empty when only somebody else can tell it."""

    purpose: str
    type: str
    host: str
    value: str
    remark: str
    ending: str = ""
    """How a CNAME's target ends when it is right."""

    @property
    def key(self) -> str:
        """What names it among the records of its domain."""
        return f"{self.purpose} {self.host}"


def wanted(domain: str, selector: str = "", spf_found: str = "") -> list[Wanted]:
    """The records of ``domain`` for the transport in use.

    ``selector`` is the name under which a relay signs; ``spf_found`` the SPF record that is there.
    """
    if settings.REGULARS_TRANSPORT == "esp":
        records = _sendgrid(domain) if "sendgrid" in settings.REGULARS_ESP_BACKEND else []
        return [*records, _dmarc(domain)]
    return [
        _spf(domain, spf_found),
        _dkim_of_relay(domain, selector),
        _dmarc(domain),
        _bounces(domain),
    ]


def spf_term() -> str:
    """What the SPF record must contain, or nothing when that depends on the machine's address."""
    if settings.REGULARS_TRANSPORT != "smtp":
        return ""
    host = (urlsplit(settings.REGULARS_SMTP_URL).hostname or "").lower()
    if host in HERE:
        return ""
    known = (name for end, name in INCLUDES.items() if host == end or host.endswith(f".{end}"))
    include = next(known, "")
    return f"include:{include}" if include else f"a:{host}"


def with_term(record: str, term: str) -> str:
    """An SPF record with one more term, before the one that decides about all others."""
    terms = record.split() or ["v=spf1", "~all"]
    if term.lower() in (one.lower() for one in terms):
        return record
    place = next((i for i, one in enumerate(terms) if LAST_TERM.match(one)), len(terms))
    return " ".join([*terms[:place], term, *terms[place:]])


def _spf(domain: str, found: str) -> Wanted:
    term = spf_term()
    remark = "Says that the mail server may send for this domain. A domain has one SPF record only."
    if not term:
        term = "ip4:192.0.2.1"
        remark += " Put the address from which this machine sends in the place of 192.0.2.1."
    elif term.startswith("a:"):
        remark += " If whoever runs the mail server names an include, use that."
    if found:
        remark += " The value is the one that is there, with what is missing."
    return Wanted(SPF, "TXT", domain, with_term(found, term), remark)


def _dkim_of_relay(domain: str, selector: str) -> Wanted:
    remark = "Lets receivers verify that the mail is yours, unchanged. The mail server signs; "
    remark += "whoever runs it tells the selector and the value."
    return Wanted(DKIM, "TXT", f"{selector or '<selector>'}._domainkey.{domain}", "", remark)


def _dmarc(domain: str) -> Wanted:
    value = f"v=DMARC1; p=none; rua=mailto:dmarc@{domain}"
    remark = (
        "Big mailbox providers ask every bulk sender for it. Reports go to the address in it, "
        "which somebody should read. Once they show only your own mail, change none to quarantine."
    )
    return Wanted(DMARC, "TXT", f"_dmarc.{domain}", value, remark)


def _bounces(domain: str) -> Wanted:
    remark = "Bounces come back to the sender's address, so the domain must receive mail."
    return Wanted(RETURN_PATH, "MX", domain, "", remark)


def _sendgrid(domain: str) -> list[Wanted]:
    """What SendGrid's “Authenticate your domain” asks for with automated security.

    Source: https://www.twilio.com/docs/sendgrid/ui/account-and-settings/how-to-set-up-domain-authentication
    """
    told = "SendGrid shows the value under Settings, Sender Authentication; it names your account."
    records = [
        Wanted(
            DKIM,
            "CNAME",
            f"{name}._domainkey.{domain}",
            "",
            f"SendGrid signs with this key. {told}",
            ending=".sendgrid.net",
        )
        for name in ("s1", "s2")
    ]
    remark = (
        "Bounces come back here, and SPF is looked up here. SendGrid chooses a number to follow "
        f"em. {told}"
    )
    path = Wanted(RETURN_PATH, "CNAME", f"em<number>.{domain}", "", remark, ending=".sendgrid.net")
    return [path, *records]
