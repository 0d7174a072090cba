"""The records of a sender domain: which to set, and how those that are there are judged."""

from typing import Any

import pytest

from campaigns import sender_domains
from campaigns.sender_records import wanted, with_term
from tests.campaigns.staff.sender_dns import (
    DMARC_BROKEN,
    DMARC_MISSING,
    DOMAIN,
    KEY,
    SPF_BROKEN,
    SPF_GOOD,
    SPF_MISSING,
    TERM,
    check,
    states,
)
from tests.cast import Club

pytestmark = pytest.mark.usefixtures("by_sendgrid")


def test_what_is_in_order_is_said_with_the_time(club: Club, answers: dict[str, Any]) -> None:
    answers["texts"]["TXT"] = [KEY]
    page = check(club, selector="mail1")
    assert set(states().values()) == {"good"}
    assert page.count("In order") == 4
    assert "Last looked up on" in page
    assert "The policy none only watches" in page


def test_mistakes_are_shown_in_words(club: Club, answers: dict[str, Any]) -> None:
    answers |= {"spf": SPF_BROKEN, "dmarc": DMARC_BROKEN}
    page = check(club)
    assert "Expected mechanism at position 31" in page
    assert "Tag p must have one of the following values" in page
    assert states()["SPF"] == states()["DMARC"] == "wrong"
    # A record that cannot be read is not added to.
    assert f'value="v=spf1 {TERM} ~all"' in page


def test_what_is_missing_is_called_missing(club: Club, answers: dict[str, Any]) -> None:
    answers |= {"spf": SPF_MISSING, "dmarc": DMARC_MISSING, "texts": {}}
    check(club, selector="mail1")
    assert set(states().values()) == {"missing"}


def test_an_spf_record_that_lacks_the_mail_server_is_completed(
    club: Club, answers: dict[str, Any]
) -> None:
    answers["spf"] = {**SPF_GOOD, "record": "v=spf1 include:_spf.google.com -all"}
    page = check(club)
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
    check(club)
    assert states()["DKIM"] == "good"
    answers["texts"] = {"CNAME": ["somewhere.example"]}
    assert "It should lead to a name that ends in .sendgrid.net." in check(club)


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
