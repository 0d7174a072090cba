"""The sender-domain page: who may have the DNS asked, for what, and a DNS that does not answer."""

from typing import Any

import dns.exception
import dns.resolver
import pytest
from django.test import Client

from campaigns import sender_domains
from campaigns.models import SenderDomainCheck
from profiles.models import Brand
from tests.campaigns.staff.pages import signed_in, text
from tests.campaigns.staff.sender_dns import DOMAIN, TERM, check, states, url
from tests.cast import Club

pytestmark = pytest.mark.usefixtures("by_sendgrid")


def test_it_lists_the_records_to_set_without_asking_the_dns(club: Club, silence: list[str]) -> None:
    page = text(club.marketer, url())
    assert f'value="v=spf1 {TERM} ~all"' in page
    assert f'value="v=DMARC1; p=none; rua=mailto:dmarc@{DOMAIN}"' in page
    assert f"_dmarc.{DOMAIN}" in page
    assert "Not looked up yet" in page
    assert silence == []


def test_a_dns_that_does_not_answer_is_no_error_and_is_asked_once(
    club: Club, silence: list[str]
) -> None:
    page = check(club, selector="mail1")
    assert set(states().values()) == {"away"}
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
    check(club)
    assert set(states().values()) == {"away"}


def test_a_record_that_breaks_the_parser_is_no_error_page(
    club: Club, answers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_args: Any, **_options: Any) -> Any:
        raise RecursionError

    monkeypatch.setattr("checkdmarc.spf.check_spf", break_down)
    check(club)
    assert states()["SPF"] == "away"
    assert states()["DMARC"] == "good"


def test_no_system_resolver_is_no_error_either(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: Any, *_args: Any) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver.Resolver, "__init__", refuse)
    check(club)
    assert set(states().values()) == {"away"}


def test_what_was_set_a_minute_ago_is_seen(club: Club, answers: dict[str, Any]) -> None:
    from checkdmarc.utils import DNS_CACHE

    DNS_CACHE[f"{DOMAIN}_TXT_False"] = ["v=spf1 -all"]
    check(club)
    assert len(DNS_CACHE) == 0


def test_a_domain_outside_ascii_is_asked_for_as_the_dns_writes_it(club: Club) -> None:
    Brand.objects.update(sender_email="hola@niño.example")
    assert [domain.name for domain in sender_domains.sender_domains()] == ["xn--nio-8ma.example"]


@pytest.mark.parametrize("selector", ["a b", "-a", "a/../b", "x" * 64])
def test_a_selector_that_is_none_is_refused(
    club: Club, answers: dict[str, Any], selector: str
) -> None:
    assert "A selector is letters, digits and hyphens" in check(club, selector=selector)
    assert not SenderDomainCheck.objects.exists()


def test_only_our_own_domains_are_looked_up(club: Club, silence: list[str]) -> None:
    answer = signed_in(club.marketer).post(url(), {"domain": "victim.example"})
    assert answer.status_code == 404
    assert silence == []


def test_an_approver_may_look_but_not_ask_the_dns(club: Club, silence: list[str]) -> None:
    assert DOMAIN in text(club.approver, url())
    assert "Check now" not in text(club.approver, url())
    signed_in(club.approver).post(url(), {"domain": DOMAIN})
    assert silence == []
    assert Client().get(url()).status_code == 302


def test_the_menu_leads_there(club: Club) -> None:
    assert url() in text(club.marketer, "/staff/")
