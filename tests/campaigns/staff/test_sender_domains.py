"""The sender-domain page: which records to set, how they are, and a DNS that does not answer.

The results are of the shape that checkdmarc 6.0 returns.
"""

from typing import Any

import dns.exception
import dns.resolver
import pytest
from django.test import Client
from django.urls import reverse

from campaigns import dns_lookups, sender_domains
from campaigns.models import SenderDomainCheck
from campaigns.sender_records import wanted, with_term
from profiles.models import Brand
from tests.campaigns.staff.pages import signed_in, text, words
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


@pytest.fixture
def club(club: Club, settings: Any) -> Club:
    """The club; SendGrid's mail server carries the mail."""
    settings.REGULARS_TRANSPORT = "smtp"
    settings.REGULARS_SMTP_URL = "smtp+tls://apikey:key@smtp.sendgrid.net:587"
    return club


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the DNS says; a test changes it."""
    said: dict[str, Any] = {
        "spf": SPF_GOOD,
        "dmarc": DMARC_NONE,
        "texts": {"MX": ["10 mx.example"]},
    }
    monkeypatch.setattr("checkdmarc.spf.check_spf", lambda *_, **__: dict(said["spf"]))
    monkeypatch.setattr("checkdmarc.dmarc.check_dmarc", lambda *_, **__: dict(said["dmarc"]))
    monkeypatch.setattr(
        dns_lookups.Resolver, "texts", lambda _self, _name, kind: said["texts"].get(kind, [])
    )
    return said


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A DNS that never answers; what was asked."""
    asked: list[str] = []

    def ask(_self: Any, name: Any, *_args: Any, **_options: Any) -> Any:
        asked.append(str(name))
        raise dns.exception.Timeout

    monkeypatch.setattr(dns.resolver.Resolver, "resolve", ask)
    return asked


def _url() -> str:
    return reverse("campaigns_staff:sender_domains")


def _check(club: Club, **data: str) -> str:
    return words(signed_in(club.marketer).post(_url(), {"domain": DOMAIN, **data}, follow=True))


def _states() -> dict[str, str]:
    findings = SenderDomainCheck.objects.get().findings
    return {key.partition(" ")[0]: found["state"] for key, found in findings.items()}


def test_it_lists_the_records_to_set_without_asking_the_dns(club: Club, silence: list[str]) -> None:
    page = text(club.marketer, _url())
    assert f'value="v=spf1 {TERM} ~all"' in page
    assert f'value="v=DMARC1; p=none; rua=mailto:dmarc@{DOMAIN}"' in page
    assert f"_dmarc.{DOMAIN}" in page
    assert "Not looked up yet" in page
    assert silence == []


def test_what_is_in_order_is_said_with_the_time(club: Club, answers: dict[str, Any]) -> None:
    answers["texts"]["TXT"] = [KEY]
    page = _check(club, selector="mail1")
    assert set(_states().values()) == {"good"}
    assert page.count("In order") == 4
    assert "Last looked up on" in page
    assert "The policy none only watches" in page


def test_mistakes_are_shown_in_words(club: Club, answers: dict[str, Any]) -> None:
    answers |= {"spf": SPF_BROKEN, "dmarc": DMARC_BROKEN}
    page = _check(club)
    assert "Expected mechanism at position 31" in page
    assert "Tag p must have one of the following values" in page
    assert _states()["SPF"] == _states()["DMARC"] == "wrong"
    # A record that cannot be read is not added to.
    assert f'value="v=spf1 {TERM} ~all"' in page


def test_what_is_missing_is_called_missing(club: Club, answers: dict[str, Any]) -> None:
    answers |= {"spf": SPF_MISSING, "dmarc": DMARC_MISSING, "texts": {}}
    _check(club, selector="mail1")
    assert set(_states().values()) == {"missing"}


def test_an_spf_record_that_lacks_the_mail_server_is_completed(
    club: Club, answers: dict[str, Any]
) -> None:
    answers["spf"] = {**SPF_GOOD, "record": "v=spf1 include:_spf.google.com -all"}
    page = _check(club)
    assert f"{TERM} is missing" in page
    assert f'value="v=spf1 include:_spf.google.com {TERM} -all"' in page


@pytest.mark.parametrize(
    ("texts", "state"),
    [
        ([KEY], "good"),
        (["v=DKIM1; p="], "wrong"),
        ([KEY, KEY], "wrong"),
        (["some other text"], "missing"),
        ([], "missing"),
    ],
)
def test_a_key_is_there_or_revoked_or_missing(texts: list[str], state: str) -> None:
    assert sender_domains.judge_key(texts).state == state


def test_a_dns_that_does_not_answer_is_no_error_and_is_asked_once(
    club: Club, silence: list[str]
) -> None:
    page = _check(club, selector="mail1")
    assert set(_states().values()) == {"away"}
    assert page.count("Could not be looked up just now") == 4
    assert "Try again later." in page
    assert len(silence) == 1


def test_a_dns_that_falls_silent_half_way_calls_nothing_missing(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(_self: Any, _name: Any, rdtype: Any = "A", *_args: Any, **_options: Any) -> Any:
        if str(rdtype) == "SPF":
            raise dns.resolver.NoAnswer
        raise dns.exception.Timeout

    monkeypatch.setattr(dns.resolver.Resolver, "resolve", ask)
    _check(club)
    assert set(_states().values()) == {"away"}


def test_a_record_that_breaks_the_parser_is_no_error_page(
    club: Club, answers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_args: Any, **_options: Any) -> Any:
        raise RecursionError

    monkeypatch.setattr("checkdmarc.spf.check_spf", break_down)
    _check(club)
    assert _states()["SPF"] == "away"
    assert _states()["DMARC"] == "good"


def test_no_system_resolver_is_no_error_either(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: Any, *_args: Any) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver.Resolver, "__init__", refuse)
    _check(club)
    assert set(_states().values()) == {"away"}


def test_what_was_set_a_minute_ago_is_seen(club: Club, answers: dict[str, Any]) -> None:
    from checkdmarc.utils import DNS_CACHE

    DNS_CACHE[f"{DOMAIN}_TXT_False"] = ["v=spf1 -all"]
    _check(club)
    assert len(DNS_CACHE) == 0


def test_records_of_sendgrid_lead_to_sendgrid(
    club: Club, answers: dict[str, Any], settings: Any
) -> None:
    settings.REGULARS_TRANSPORT = "esp"
    settings.REGULARS_ESP_BACKEND = "anymail.backends.sendgrid.EmailBackend"
    hosts = [record.host for record in wanted(DOMAIN)]
    assert hosts[:3] == [
        f"em<number>.{DOMAIN}",
        f"s1._domainkey.{DOMAIN}",
        f"s2._domainkey.{DOMAIN}",
    ]
    answers["texts"] = {"CNAME": ["s1.domainkey.u123.wl.sendgrid.net"]}
    _check(club)
    assert _states()["DKIM"] == "good"
    answers["texts"] = {"CNAME": ["somewhere.example"]}
    assert "It should lead to a name that ends in .sendgrid.net." in _check(club)


@pytest.mark.parametrize(
    ("url", "term"),
    [
        ("smtp://localhost:25", "ip4:192.0.2.1"),
        ("smtp://mail.esquina.example:25", "a:mail.esquina.example"),
        ("smtp+tls://email-smtp.eu-west-1.amazonaws.com:587", "include:amazonses.com"),
    ],
)
def test_the_spf_record_names_the_mail_server(
    club: Club, settings: Any, url: str, term: str
) -> None:
    settings.REGULARS_SMTP_URL = url
    assert wanted(DOMAIN)[0].value == f"v=spf1 {term} ~all"


def test_a_term_is_added_once_and_before_the_last_word() -> None:
    assert with_term("v=spf1 mx -all", TERM) == f"v=spf1 mx {TERM} -all"
    assert with_term("v=spf1 redirect=_spf.example", TERM) == f"v=spf1 {TERM} redirect=_spf.example"
    assert with_term(f"v=spf1 {TERM.upper()} -all", TERM) == f"v=spf1 {TERM.upper()} -all"


def test_a_domain_outside_ascii_is_asked_for_as_the_dns_writes_it(club: Club) -> None:
    Brand.objects.update(sender_email="hola@niño.example")
    assert [domain.name for domain in sender_domains.sender_domains()] == ["xn--nio-8ma.example"]


@pytest.mark.parametrize("selector", ["a b", "-a", "a/../b", "x" * 64])
def test_a_selector_that_is_none_is_refused(
    club: Club, answers: dict[str, Any], selector: str
) -> None:
    assert "A selector is letters, digits and hyphens" in _check(club, selector=selector)
    assert not SenderDomainCheck.objects.exists()


def test_only_our_own_domains_are_looked_up(club: Club, silence: list[str]) -> None:
    answer = signed_in(club.marketer).post(_url(), {"domain": "victim.example"})
    assert answer.status_code == 404
    assert silence == []


def test_an_approver_may_look_but_not_ask_the_dns(club: Club, silence: list[str]) -> None:
    assert DOMAIN in text(club.approver, _url())
    assert "Check now" not in text(club.approver, _url())
    signed_in(club.approver).post(_url(), {"domain": DOMAIN})
    assert silence == []
    assert Client().get(_url()).status_code == 302


def test_the_menu_leads_there(club: Club) -> None:
    assert _url() in text(club.marketer, "/staff/")
